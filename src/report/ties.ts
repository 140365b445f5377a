import type { Measured } from "./decode.ts";

/** Rows that equal an earlier one of `rows` in all objectives, and that earlier one. */
export function ties(
  objectives: readonly Pick<Measured, "data">[],
  rows: readonly number[],
): Map<number, number> {
  const first = new Map<string, number>();
  const tied = new Map<number, number>();
  for (const row of [...rows].sort((a, b) => a - b)) {
    const key = objectives.map((o) => o.data[row]! + 0).join();
    const before = first.get(key);
    if (before === undefined) first.set(key, row);
    else tied.set(row, before);
  }
  return tied;
}
