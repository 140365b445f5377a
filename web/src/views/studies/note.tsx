/** A study's note: shown as Markdown, edited as text. */
import { useState } from "preact/hooks";
import { source } from "../../api/source.ts";
import { ErrorBox } from "../../components/error-box.tsx";
import { list } from "../../state/live.ts";
import { useAction } from "./action.ts";
import { type Block, type Inline, parseMarkdown } from "./markdown.ts";

/** The server's limit, told before it is met. */
const MOST = 65_536;

export function Note({ id, note }: { readonly id: number; readonly note: string }) {
  const [draft, edit] = useState<string | undefined>(undefined);
  const { busy, error, run } = useAction();
  if (draft !== undefined)
    return (
      <form
        class="note-form"
        onSubmit={(event) => {
          event.preventDefault();
          void run(async () => {
            await source.annotate(id, draft);
            remember(id, draft);
            edit(undefined);
          });
        }}
      >
        <label for="note">Note (Markdown)</label>
        <textarea
          id="note"
          rows={8}
          maxLength={MOST}
          value={draft}
          ref={focused}
          onInput={({ currentTarget }) => edit(currentTarget.value)}
        />
        {error !== undefined && <ErrorBox error={error} />}
        <p class="buttons">
          <button type="submit" class="primary" disabled={busy}>
            Save the note
          </button>
          <button type="button" onClick={() => edit(undefined)}>
            Leave it as it was
          </button>
        </p>
      </form>
    );
  return (
    <>
      {note === "" ? <p class="muted">No note yet.</p> : <Markdown text={note} />}
      {list.value?.writable === true && (
        <button type="button" onClick={() => edit(note)}>
          {note === "" ? "Write a note" : "Edit the note"}
        </button>
      )}
    </>
  );
}

/** The button that opened the editor is gone: its focus goes on to the text. */
function focused(area: HTMLTextAreaElement | null): void {
  if (document.activeElement === document.body) area?.focus();
}

/** The page has it at once; the server's event follows. */
function remember(id: number, note: string): void {
  const found = list.peek();
  if (found === undefined) return;
  list.value = {
    ...found,
    studies: found.studies.map((study) => (study.id === id ? { ...study, note } : study)),
  };
}

const Markdown = ({ text }: { readonly text: string }) => (
  <div class="markdown">
    {parseMarkdown(text).map((block, i) => (
      <Part key={i} block={block} />
    ))}
  </div>
);

function Part({ block }: { readonly block: Block }) {
  switch (block.kind) {
    case "heading":
      return <h3>{inline(block.parts)}</h3>;
    case "paragraph":
      return <p>{inline(block.parts)}</p>;
    case "code":
      return <pre>{block.text}</pre>;
    case "list": {
      const items = block.items.map((item, k) => <li key={k}>{inline(item)}</li>);
      return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
  }
}

const inline = (parts: readonly Inline[]) => parts.map((part, i) => <Piece key={i} part={part} />);

function Piece({ part }: { readonly part: Inline }) {
  switch (part.kind) {
    case "text":
      return <>{part.text}</>;
    case "code":
      return <code>{part.text}</code>;
    case "strong":
      return <strong>{inline(part.parts)}</strong>;
    case "emphasis":
      return <em>{inline(part.parts)}</em>;
    case "link":
      return (
        <a href={part.href} rel="noreferrer">
          {inline(part.parts)}
        </a>
      );
  }
}
