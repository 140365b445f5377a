/** The table of findings that `tidemark measure` prints. */
import type { FindingRow } from "../gpu/measure/index.ts";
import type { Column } from "../report/index.ts";

export const FINDING_COLUMNS: readonly Column<FindingRow>[] = [
  { key: "finding", value: (f) => f.finding, keep: true },
  { key: "value", value: (f) => f.value, text: (f) => figure(f.value) },
  { key: "unit", value: (f) => f.unit },
  { key: "low", value: (f) => f.low, text: (f) => figure(f.low) },
  { key: "high", value: (f) => f.high, text: (f) => figure(f.high) },
  { key: "about", value: (f) => f.about },
];

const figure = (x: number | undefined) =>
  x === undefined ? "–" : Number(x.toPrecision(4)).toString();
