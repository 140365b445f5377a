/** The front, or all trials that are shown, as rows; only those in sight are in the page. */
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { TRIAL_STATES } from "../../../../src/study/block.ts";
import { type Axis, TRIAL, titleOf } from "./axes.ts";
import { valueText } from "./format.ts";
import { orderOf } from "./order.ts";
import type { FrontState } from "./state.ts";

/** Height of a row, CSS pixels; front.css gives the same. */
const ROW = 28;
/** Rows beyond the edge, so that scrolling shows no gap. */
const SPARE = 8;

export function TrialTable({ state }: { readonly state: FrontState }) {
  const scope = useSignal<"front" | "all">("front");
  const sort = useSignal<{ readonly id: string; readonly down: boolean }>({ id: "", down: false });
  const top = useSignal(0);
  const height = useSignal(420);
  const scroller = useRef<HTMLElement>(null);
  const columns = useComputed(() => columnsOf(state.axes.value));
  const rows = useComputed(() => {
    const kept = state.kept.value;
    const from =
      scope.value === "front"
        ? (state.front.value?.rows ?? new Uint32Array(0))
        : Uint32Array.from(kept.keys());
    const { id, down } = sort.value;
    const column = columns.value.find((axis) => axis.id === id);
    return orderOf(
      from.filter((row) => kept[row] === 1),
      column?.data,
      down,
    );
  });
  const pick = state.part.pick.value;
  useEffect(() => {
    const at = pick === undefined ? -1 : rows.peek().indexOf(pick);
    const box = scroller.current;
    if (at < 0 || box === null) return;
    const y = at * ROW;
    if (y < box.scrollTop) box.scrollTop = y;
    // The header stands above the rows within the same box.
    else if (y + 2 * ROW > box.scrollTop + box.clientHeight)
      box.scrollTop = y + 2 * ROW - box.clientHeight;
  }, [pick]);
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      height.value = scroller.current?.clientHeight ?? height.peek();
    });
    observer.observe(scroller.current!);
    return () => observer.disconnect();
  }, []);
  const first = Math.max(0, Math.floor(top.value / ROW) - SPARE);
  const last = Math.min(rows.value.length, first + Math.ceil(height.value / ROW) + 2 * SPARE);
  const slice = [...rows.value.subarray(first, last)];
  const gap = (n: number) =>
    n > 0 && (
      <tr class="gap">
        <td colSpan={columns.value.length + 1} style={{ height: `${n * ROW}px` }} />
      </tr>
    );
  return (
    <section class="panel trial-table" aria-label="Trials as a table">
      <header>
        <h2>
          {scope.value === "front" ? "Front" : "Trials"}{" "}
          <span class="muted">{rows.value.length.toLocaleString("en")}</span>
        </h2>
        <label>
          Rows{" "}
          <select
            value={scope.value}
            onChange={({ currentTarget }) => {
              scope.value = currentTarget.value as "front" | "all";
            }}
          >
            <option value="front">the front</option>
            <option value="all">all shown</option>
          </select>
        </label>
      </header>
      <section
        class="scroll"
        ref={scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
        tabIndex={0}
        aria-label="Rows"
        onScroll={({ currentTarget }) => {
          top.value = currentTarget.scrollTop;
        }}
      >
        <table class="rows" aria-rowcount={rows.value.length + 1}>
          <thead>
            <tr>
              {columns.value.map((axis) => (
                <Head
                  key={axis.id}
                  axis={axis}
                  sorted={sort.value.id === axis.id ? (sort.value.down ? "down" : "up") : undefined}
                  sort={() => {
                    const down = sort.peek().id === axis.id && !sort.peek().down;
                    sort.value = { id: axis.id, down };
                  }}
                />
              ))}
              <th scope="col">state</th>
            </tr>
          </thead>
          <tbody>
            {gap(first)}
            {slice.map((row, i) => (
              <tr
                key={row}
                aria-rowindex={first + i + 2}
                aria-current={row === pick ? "true" : undefined}
                onClick={() => state.set({ pick: row })}
                onMouseEnter={() => {
                  state.hovered.value = row;
                }}
                onMouseLeave={() => {
                  state.hovered.value = undefined;
                }}
              >
                {columns.value.map((axis) =>
                  axis.id === TRIAL ? (
                    <td key={axis.id} class="number">
                      <button type="button" class="pick" aria-label={`Pick trial ${row}`}>
                        {row}
                      </button>
                    </td>
                  ) : (
                    <td key={axis.id} class={axis.labels === undefined ? "number" : undefined}>
                      {valueText(axis, axis.data[row]!)}
                    </td>
                  ),
                )}
                <td>{TRIAL_STATES[state.block.value.states[row]!]}</td>
              </tr>
            ))}
            {gap(rows.value.length - last)}
          </tbody>
        </table>
        {rows.value.length === 0 && (
          <p class="muted none">
            {scope.value === "front" ? "No trial of the front" : "No trial"} passes the filters.
          </p>
        )}
      </section>
    </section>
  );
}

/** The trial's number first, then what was measured, then the design. */
const columnsOf = (axes: readonly Axis[]): Axis[] => [
  ...axes.filter(({ id }) => id === TRIAL),
  ...axes.filter(({ id }) => id !== TRIAL),
];

interface HeadProps {
  readonly axis: Axis;
  readonly sorted: "up" | "down" | undefined;
  readonly sort: () => void;
}

const Head = ({ axis, sorted, sort }: HeadProps) => (
  <th
    scope="col"
    class={axis.labels === undefined ? "number" : undefined}
    aria-sort={sorted && (sorted === "up" ? "ascending" : "descending")}
  >
    <button type="button" onClick={sort}>
      {titleOf(axis)}
      <span aria-hidden="true">{sorted === undefined ? "" : sorted === "up" ? " ↑" : " ↓"}</span>
    </button>
  </th>
);
