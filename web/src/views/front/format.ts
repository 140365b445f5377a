/** Values of axes as text. */
import { formatNumber } from "../../../../src/report/number.ts";
import type { Axis } from "./axes.ts";
import type { Range } from "./filters.ts";

/** A number as it is, a label by its name; "–" for none. */
export function valueText(axis: Pick<Axis, "labels" | "role">, value: number): string {
  if (Number.isNaN(value)) return "–";
  if (axis.labels !== undefined) return String(axis.labels[value] ?? "–");
  return axis.role === "trial" ? String(value) : formatNumber(value);
}

/** A range as a sentence: `latency_ms 1.2 to 3.4`, `op: conv, pool`. */
export function rangeText({ label }: Axis, range: Range): string {
  return "labels" in range
    ? `${label}: ${range.labels.join(", ") || "none"}`
    : `${label} ${formatNumber(range.low)} to ${formatNumber(range.high)}`;
}

export const fileName = (text: string): string =>
  text
    .replace(/[^\p{L}\p{N}._-]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 80) || "study";
