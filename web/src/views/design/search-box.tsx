/** Finds nodes by name or operator: `/` or Ctrl-F goes here, Enter to the next hit. */
import { useEffect, useRef, useState } from "preact/hooks";
import { matches } from "../../graph-view/search.ts";
import { operatorOf } from "./labels.ts";
import { found } from "./picture.ts";
import { jumpTo, shownNetwork } from "./state.ts";

/** More are counted, not listed. */
const LISTED = 40;

export function SearchBox() {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [at, setAt] = useState(-1);
  const [open, setOpen] = useState(false);
  const shown = shownNetwork.value;
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea");
      const wanted =
        (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) ||
        (event.key.toLowerCase() === "f" && (event.ctrlKey || event.metaKey));
      if (!wanted) return;
      event.preventDefault();
      input.current!.focus();
      input.current!.select();
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);
  const search = (wanted: string) => {
    found.value =
      shown === undefined
        ? []
        : matches(wanted, shown.outline.names, (item) => operatorOf(shown, item));
    setAt(-1);
  };
  // Another network has other nodes.
  useEffect(() => {
    search(text);
    return () => {
      found.value = [];
    };
  }, [shown]);
  const hits = found.value;
  const go = (index: number) => {
    const item = found.peek()[index];
    if (item === undefined) return;
    setAt(index);
    jumpTo(item);
  };
  const key = (event: KeyboardEvent) => {
    const back = event.key === "ArrowUp" || (event.key === "Enter" && event.shiftKey);
    const step = back ? (at < 0 ? 0 : -1) : 1;
    const { length } = found.peek();
    if (event.key === "Escape") {
      setText("");
      search("");
      setOpen(false);
    } else if (["Enter", "ArrowDown", "ArrowUp"].includes(event.key) && length > 0) {
      event.preventDefault();
      setOpen(event.key !== "Enter");
      go((at + step + length) % length);
    }
  };
  return (
    <span class="search">
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label="Search nodes by name or operator"
        aria-expanded={open && hits.length > 0}
        aria-controls="search-hits"
        aria-autocomplete="list"
        aria-activedescendant={open && at >= 0 ? `hit-${hits[at]}` : undefined}
        placeholder="Search name or operator  ( / )"
        value={text}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value);
          search(currentTarget.value);
          setOpen(currentTarget.value !== "");
        }}
        onKeyDown={key}
        onBlur={() => setOpen(false)}
      />
      {text !== "" && (
        <span class="muted" role="status">
          {at >= 0 ? `${at + 1} of ${hits.length}` : `${hits.length} found`}
        </span>
      )}
      <div
        id="search-hits"
        class="hits"
        role="listbox"
        aria-label="Nodes found"
        hidden={!(open && hits.length > 0)}
      >
        {open &&
          shown !== undefined &&
          hits.slice(0, LISTED).map((item, i) => (
            <div
              key={item}
              id={`hit-${item}`}
              role="option"
              tabIndex={-1}
              aria-selected={i === at}
              // Before the field loses the focus.
              onPointerDown={(event) => {
                event.preventDefault();
                go(i);
                setOpen(false);
              }}
            >
              <strong>{operatorOf(shown, item)}</strong> {shown.outline.names[item]}
            </div>
          ))}
      </div>
    </span>
  );
}
