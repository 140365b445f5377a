/** Kernels in Nsight Compute's order: time, percent of peak, then the limiter, then advice. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { nodeText } from "../../../../src/report/kernels.ts";
import { formatNumber, formatPercent, formatUs } from "../../../../src/report/number.ts";
import { plainText } from "../../components/plain-text.ts";
import { TERMS, type TermName } from "../../components/terms.tsx";
import { csvOf } from "../../export/csv.ts";
import { save } from "../../export/save.ts";
import { route, setQuery } from "../../router.ts";
import type { Side } from "./evaluate.ts";
import { fileName, KERNEL_HEADER, kernelRows } from "./kernel-csv.ts";
import { adviceOn } from "./kernel-figures.ts";
import { Limiter } from "./limiter.tsx";
import { ShareBar } from "./overview.tsx";
import { type Column, type KernelRow, parseOrder, rowsOf, sorted } from "./table-rows.ts";

interface Props {
  readonly side: Side;
  readonly picked: number | undefined;
  readonly onPick: (kernel: number | undefined) => void;
}

interface Head {
  readonly column: Column;
  readonly text: string;
  readonly number?: true;
  readonly term?: TermName;
}

const HEADS: readonly Head[] = [
  { column: "order", text: "#", number: true },
  { column: "name", text: "Kernel" },
  { column: "time", text: "Time", number: true },
  { column: "compute", text: "Compute", number: true, term: "percent of peak" },
  { column: "dram", text: "DRAM", number: true, term: "percent of peak" },
  { column: "filled", text: "SM slots filled", number: true, term: "SM slots filled" },
  { column: "waves", text: "Waves", number: true, term: "wave" },
  { column: "limiter", text: "Limiter", term: "launch (memory)" },
];

/** Pixels of a row; only rows in sight are in the page. */
const ROW = 44;
const BEYOND = 6;

export function KernelTable({ side, picked, onPick }: Props) {
  const { sort, each } = route.value.query;
  const together = each !== "1";
  const order = parseOrder(sort);
  const all = useMemo(() => rowsOf(side, together), [side, together]);
  const rows = useMemo(() => sorted(all, order), [all, sort]);
  const scroller = useRef<HTMLElement>(null);
  const top = useSignal(0);
  const height = useSignal(440);
  const at = picked === undefined ? -1 : rows.findIndex((r) => r.members.includes(picked));
  useEffect(() => {
    const box = scroller.current!;
    height.value = box.clientHeight;
    if (at < 0) return;
    const y = at * ROW;
    if (y < box.scrollTop || y + 2 * ROW > box.scrollTop + box.clientHeight)
      box.scrollTop = Math.max(0, y - box.clientHeight / 2);
  }, [at, rows]);
  const first = Math.max(0, Math.floor(top.value / ROW) - BEYOND);
  const last = Math.min(rows.length, Math.ceil((top.value + height.value) / ROW) + BEYOND);
  const step = (by: number) => {
    const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (next !== undefined) onPick(next.members[0]!);
  };
  return (
    <section class="panel kernels" aria-label="Kernels">
      <header class="plot-head">
        <h2>Kernels</h2>
        <label>
          <input
            type="checkbox"
            checked={together}
            onChange={({ currentTarget }) =>
              setQuery({ each: currentTarget.checked ? undefined : "1" })
            }
          />{" "}
          equal ones together
        </label>
        <span class="muted">
          {formatNumber(rows.length)} {together ? "kinds of " : ""}
          {formatNumber(side.kernels.length)} kernels; percent are of the device's peak
        </span>
        <span class="exports">
          <button
            type="button"
            aria-label="Kernels as CSV"
            onClick={() =>
              save(
                `${fileName("kernels", [side])}.csv`,
                "text/csv",
                csvOf(KERNEL_HEADER, kernelRows([side])),
              )
            }
          >
            CSV
          </button>
        </span>
      </header>
      <section
        ref={scroller}
        class="scroll tall"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and arrows pick its rows
        tabIndex={0}
        aria-label="Table of kernels; arrow keys pick the next"
        onScroll={({ currentTarget }) => {
          top.value = currentTarget.scrollTop;
        }}
        onKeyDown={(event) => {
          if (event.target !== event.currentTarget) return;
          if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
          event.preventDefault();
          step(event.key === "ArrowDown" ? 1 : -1);
        }}
      >
        <table class="rows" aria-rowcount={rows.length + 1}>
          <thead>
            <tr>
              {HEADS.map(({ column, text, number, term }) => (
                <th
                  key={column}
                  scope="col"
                  class={number ? "number" : undefined}
                  aria-sort={
                    order.column !== column
                      ? undefined
                      : order.descending
                        ? "descending"
                        : "ascending"
                  }
                >
                  <button
                    type="button"
                    class="sort"
                    title={term && `${term}: ${TERMS[term]}`}
                    onClick={() => setQuery({ sort: nextOrder(order, column) })}
                  >
                    {text}
                    {order.column === column && (order.descending ? " ↓" : " ↑")}
                  </button>
                </th>
              ))}
              <th scope="col">Advice</th>
            </tr>
          </thead>
          <tbody>
            {first > 0 && <tr class="space" style={{ height: `${first * ROW}px` }} />}
            {rows.slice(first, last).map((row, i) => (
              <Row
                key={row.members[0]}
                row={row}
                index={first + i}
                side={side}
                picked={first + i === at}
                onPick={onPick}
              />
            ))}
            {last < rows.length && (
              <tr class="space" style={{ height: `${(rows.length - last) * ROW}px` }} />
            )}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function nextOrder(order: { column: Column; descending: boolean }, column: Column): string {
  const text = column === "name" || column === "limiter" || column === "order";
  const descending = order.column === column ? !order.descending : !text;
  return descending ? `-${column}` : column;
}

interface RowProps extends Omit<Props, "picked"> {
  readonly row: KernelRow;
  readonly index: number;
  readonly picked: boolean;
}

function Row({ row, index, side, picked, onPick }: RowProps) {
  const { kernel, members, timeUs, share, compute, dram } = row;
  const [advice] = useMemo(
    () =>
      adviceOn(
        members.map((m) => side.prediction.kernels[m]!),
        side.prediction,
        side.device,
      ),
    [row, side],
  );
  const remedy = advice === undefined ? "" : plainText(advice.remedy);
  return (
    <tr
      class={picked ? "picked" : undefined}
      aria-current={picked ? "true" : undefined}
      aria-rowindex={index + 2}
      onClick={() => onPick(members[0]!)}
    >
      <td class="number">{members[0]! + 1}</td>
      <td class="name">
        <button type="button" class="link" onClick={() => onPick(members[0]!)}>
          {kernel.name}
        </button>
        {members.length > 1 && <b> ×{members.length}</b>}
        <small title={kernel.nodes.join(", ")}>{nodeText(kernel.nodes)}</small>
      </td>
      <td class="number">
        {formatUs(timeUs)}
        <small>{formatPercent(share)}</small>
      </td>
      <td class="number">
        {formatPercent(compute)}
        <ShareBar share={compute} kind="compute" />
      </td>
      <td class="number">
        {formatPercent(dram)}
        <ShareBar share={dram} kind="memory" />
      </td>
      <td class="number">{formatPercent(kernel.smUtilization)}</td>
      <td class="number">{formatNumber(kernel.waves)}</td>
      <td>
        <Limiter kernel={kernel} />
      </td>
      <td class="remedy" title={remedy}>
        {remedy}
      </td>
    </tr>
  );
}
