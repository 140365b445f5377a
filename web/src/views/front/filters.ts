/** Which trials all plots show. */
import { type AxisKind, toAxis } from "../../../../src/report/axis.ts";
import type { Scalar } from "../../../../src/study/block.ts";
import { boundsOf, type Corner, inside } from "../../plots/polygon.ts";

/** A region of the plot, in the axes' own values: a lasso, or a rectangle by two corners. */
export interface Region {
  readonly shape: "rect" | "lasso";
  readonly corners: readonly Corner[];
}

/** What an axis keeps: numbers from one to another, both ends count; or labels, as text. */
export type Range =
  | { readonly low: number; readonly high: number }
  | { readonly labels: readonly string[] };

export interface Filters {
  /** By the code of the state: whether it is shown. */
  readonly states: readonly boolean[];
  readonly frontOnly: boolean;
  readonly region: Region | undefined;
  /** By axis id. */
  readonly ranges: ReadonlyMap<string, Range>;
}

export interface Filtered {
  readonly states: Uint8Array;
  readonly onFront: Uint8Array | undefined;
  readonly xs: Float64Array;
  readonly ys: Float64Array;
  readonly xKind: AxisKind;
  readonly yKind: AxisKind;
  readonly axisOf: (
    id: string,
  ) => { readonly data: Float64Array; readonly labels?: readonly Scalar[] } | undefined;
}

/** 1 of each trial that passes every filter. */
export function keptOf(filters: Filters, trials: Filtered): Uint8Array {
  const { states, onFront, axisOf } = trials;
  const kept = Uint8Array.from(states, (code) => (filters.states[code] ? 1 : 0));
  if (filters.frontOnly) for (let i = 0; i < kept.length; i++) kept[i]! &= onFront?.[i] ?? 0;
  for (const [id, range] of filters.ranges) {
    const axis = axisOf(id);
    // A range of an axis that this study does not have, from an old address, excludes nothing.
    if (axis !== undefined) between(kept, axis.data, axis.labels ?? [], range);
  }
  if (filters.region !== undefined) within(kept, filters.region, trials);
  return kept;
}

function between(
  kept: Uint8Array,
  data: Float64Array,
  labels: readonly Scalar[],
  range: Range,
): void {
  if ("labels" in range) {
    const wanted = labels.map((label) => range.labels.includes(String(label)));
    for (let i = 0; i < kept.length; i++) if (wanted[data[i]!] !== true) kept[i] = 0;
    return;
  }
  const { low, high } = range;
  for (let i = 0; i < kept.length; i++) if (!(data[i]! >= low && data[i]! <= high)) kept[i] = 0;
}

/** An outline is straight on the axes as they are shown, logarithmic or not. */
function within(kept: Uint8Array, region: Region, { xs, ys, xKind, yKind }: Filtered): void {
  const corners = region.corners.map(([x, y]): Corner => [toAxis(xKind, x), toAxis(yKind, y)]);
  const { left, right, low, high } = boundsOf(corners);
  for (let i = 0; i < kept.length; i++) {
    if (kept[i] === 0) continue;
    const u = toAxis(xKind, xs[i]!);
    const v = toAxis(yKind, ys[i]!);
    const near = u >= left && u <= right && v >= low && v <= high;
    kept[i] = near && (region.shape === "rect" || inside(corners, u, v)) ? 1 : 0;
  }
}

export function countOf(kept: Uint8Array): number {
  let n = 0;
  for (const one of kept) n += one;
  return n;
}
