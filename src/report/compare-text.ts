/** Two predictions side by side for a terminal: what differs most first, the first as the baseline. */
import pc from "picocolors";
import type { ComparedTotal, ComparedUnit, Comparison, UnitSide } from "../gpu/compare.ts";
import type { Prediction } from "../gpu/types.ts";
import type { Column } from "./column.ts";
import { limiterTotals, nodeText } from "./kernels.ts";
import { formatNumber, formatPercent, formatSi, formatUs } from "./number.ts";
import { indent, narrower } from "./sections.ts";
import { formatTable, type TableOptions } from "./table.ts";
import { printable } from "./terminal.ts";

export interface ComparedSide {
  /** e.g. the network and what it runs on. */
  readonly label: string;
  readonly prediction: Prediction;
}

/** On a terminal; JSON and CSV have all. */
const ROWS = 20;

/** Ends in a newline. */
export function compareText(
  a: ComparedSide,
  b: ComparedSide,
  comparison: Comparison,
  options: TableOptions = {},
): string {
  const { bold } = pc.createColors(options.color ?? pc.isColorSupported);
  const table = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]) =>
    indent(formatTable(columns, rows, narrower(options)));
  const moved = comparison.units.filter((u) => u.deltaUs !== 0);
  const rest = moved.slice(ROWS);
  const restUs = rest.reduce((s, u) => s + u.deltaUs, 0);
  const baselineUs = a.prediction.gpuMs * 1e3;
  return [
    `${bold("A")} ${printable(a.label)} (baseline)\n${bold("B")} ${printable(b.label)}\n\n`,
    table(TOTAL_COLUMNS, comparison.totals),
    `\n${bold("Time by limiter")}\n`,
    table(LIMITER_COLUMNS, limiters(a.prediction, b.prediction)),
    `\n${bold("What makes the difference")}\n`,
    moved.length === 0 ? "  nothing: every kernel takes the same time\n" : "",
    moved.length === 0 ? "" : table(unitColumns(baselineUs), moved.slice(0, ROWS)),
    rest.length === 0
      ? ""
      : `  and ${formatNumber(rest.length)} more that differ, ${signed(restUs, formatUs)} together (--format csv has all)\n`,
    alone(comparison.units),
  ].join("");
}

/** The change relative to the baseline; undefined where that is zero. */
export function relativeChange(a: number, b: number): number | undefined {
  return a === 0 ? undefined : b / a - 1;
}

function signed(x: number, format: (x: number) => string): string {
  return x > 0 ? `+${format(x)}` : format(x);
}

function change(a: number, b: number): string {
  const relative = relativeChange(a, b);
  return relative === undefined ? "–" : signed(relative, formatPercent);
}

const TOTALS: Readonly<
  Record<string, { readonly name: string; readonly text: (x: number) => string }>
> = {
  latencyMs: { name: "latency", text: (x) => formatUs(x * 1e3) },
  latencyMsPerInput: { name: "latency of one input", text: (x) => formatUs(x * 1e3) },
  gpuMs: { name: "GPU", text: (x) => formatUs(x * 1e3) },
  hostMs: { name: "host", text: (x) => formatUs(x * 1e3) },
  kernels: { name: "kernels", text: (x) => formatNumber(x) },
  flops: { name: "FLOPs executed", text: (x) => formatSi(x) },
  dramBytes: { name: "DRAM", text: (x) => formatSi(x, "B") },
  smUtilization: { name: "SM slots filled", text: formatPercent },
};

const TOTAL_COLUMNS: readonly Column<ComparedTotal>[] = [
  { key: "what", label: "", value: (t) => TOTALS[t.what]?.name ?? t.what },
  { key: "a", label: "A", value: (t) => t.a, text: (t) => TOTALS[t.what]!.text(t.a) },
  { key: "b", label: "B", value: (t) => t.b, text: (t) => TOTALS[t.what]!.text(t.b) },
  { key: "change", value: (t) => t.b, text: (t) => change(t.a, t.b) },
];

interface LimiterRow {
  readonly limiter: string;
  readonly aUs: number;
  readonly bUs: number;
}

function limiters(a: Prediction, b: Prediction): LimiterRow[] {
  const totalsB = limiterTotals(b.kernels);
  return limiterTotals(a.kernels)
    .map((t, i) => ({ limiter: t.limiter, aUs: t.timeUs, bUs: totalsB[i]!.timeUs }))
    .filter((row) => row.aUs > 0 || row.bUs > 0);
}

const LIMITER_COLUMNS: readonly Column<LimiterRow>[] = [
  { key: "limiter", label: "", value: (r) => r.limiter },
  { key: "a", label: "A", value: (r) => r.aUs, text: (r) => formatUs(r.aUs) },
  { key: "b", label: "B", value: (r) => r.bUs, text: (r) => formatUs(r.bUs) },
  {
    key: "delta",
    label: "B - A",
    value: (r) => r.bUs - r.aUs,
    text: (r) => signed(r.bUs - r.aUs, formatUs),
  },
];

function unitColumns(baselineUs: number): readonly Column<ComparedUnit>[] {
  const kernel = (s: UnitSide | null) =>
    s === null
      ? "–"
      : `${s.kernels.length > 1 ? `${s.kernels.length}x, ` : ""}${s.longest.name} ${s.longest.grid.join("x")}`;
  const wave = (s: UnitSide | null) => (s === null ? "–" : formatNumber(s.longest.waves));
  return [
    { key: "nodes", value: (u) => nodesText(u) },
    { key: "a", label: "A", value: (u) => kernel(u.a) },
    { key: "b", label: "B", value: (u) => kernel(u.b) },
    { key: "waves", value: (u) => `${wave(u.a)} → ${wave(u.b)}`, keep: true },
    {
      key: "aUs",
      label: "A",
      value: (u) => u.a?.timeUs,
      text: (u) => (u.a === null ? "–" : formatUs(u.a.timeUs)),
    },
    {
      key: "bUs",
      label: "B",
      value: (u) => u.b?.timeUs,
      text: (u) => (u.b === null ? "–" : formatUs(u.b.timeUs)),
    },
    {
      key: "delta",
      label: "B - A",
      value: (u) => u.deltaUs,
      text: (u) => signed(u.deltaUs, formatUs),
    },
    {
      key: "change",
      value: (u) => u.deltaUs,
      text: (u) => (u.a === null || u.b === null ? "–" : change(u.a.timeUs, u.b.timeUs)),
    },
    {
      key: "ofBaseline",
      label: "of A",
      value: (u) => u.deltaUs,
      text: (u) => (baselineUs > 0 ? signed(u.deltaUs / baselineUs, formatPercent) : "–"),
    },
    { key: "limiter", value: limiterShift, keep: true },
  ];
}

/** `memory → tail`; one word where it stayed. */
export function limiterShift(u: ComparedUnit): string {
  if (u.a === null) return `only B: ${u.b!.limiter}`;
  if (u.b === null) return `only A: ${u.a.limiter}`;
  return u.a.limiter === u.b.limiter ? u.a.limiter : `${u.a.limiter} → ${u.b.limiter}`;
}

function nodesText(u: ComparedUnit): string {
  if (u.alignedBy !== "order") return nodeText((u.a ?? u.b)!.nodes);
  return `${nodeText(u.a!.nodes)} ~ ${nodeText(u.b!.nodes)}`;
}

function alone(units: readonly ComparedUnit[]): string {
  const onlyA = units.filter((u) => u.b === null);
  const onlyB = units.filter((u) => u.a === null);
  const byOrder = units.filter((u) => u.alignedBy === "order").length;
  const us = (own: readonly ComparedUnit[]) =>
    formatUs(own.reduce((s, u) => s + Math.abs(u.deltaUs), 0));
  const parts = [
    onlyA.length === 0 ? "" : `${formatNumber(onlyA.length)} only in A (${us(onlyA)})`,
    onlyB.length === 0 ? "" : `${formatNumber(onlyB.length)} only in B (${us(onlyB)})`,
    byOrder === 0 ? "" : `${formatNumber(byOrder)} aligned by place and kind, not by name (~)`,
  ].filter((part) => part !== "");
  return parts.length === 0
    ? ""
    : `  of ${formatNumber(units.length)} launches: ${parts.join(", ")}\n`;
}
