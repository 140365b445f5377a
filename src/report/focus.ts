import { type AxisKind, extent, toAxis } from "./axis.ts";
import type { Measured } from "./decode.ts";

/** Designs at the worst end are left out only where all others share less than this of the range. */
const FAR_APART = 1 / 3;
/** And at most this share of the front. */
const MOST_LEFT_OUT = 1 / 5;

/**
 * Where the choice is, in an axis' uniform coordinate: the front, and a margin towards the worse so
 * that the cloud behind it shows. The whole front, except where a few designs that do little, fast,
 * would press all others together in what is maximised; who draws this says how many.
 */
export function frontRange(
  kind: AxisKind,
  measured: Measured,
  front: readonly number[],
): [number, number] {
  const sorted = front
    .map((i) => measured.data[i]!)
    .filter((x) => Number.isFinite(toAxis(kind, x)))
    .sort((a, b) => a - b);
  const maximised = measured.goal === "maximize";
  const kept = maximised ? withoutFar(kind, sorted) : sorted;
  const near = extent(kind, kept, 0.06);
  const far = extent(kind, kept, 0.25);
  if (!maximised) return [near[0], far[1]];
  // Towards the worse, but not up to what was left out: a dot on the edge would be half a dot.
  const out = toAxis(kind, sorted[sorted.length - kept.length - 1] ?? Number.NaN);
  const first = toAxis(kind, kept[0]!);
  return [out < far[0] || Number.isNaN(out) ? far[0] : (out + first) / 2, near[1]];
}

/** `sorted` without the fewest of its least that spread it. */
function withoutFar(kind: AxisKind, sorted: readonly number[]): readonly number[] {
  const at = (i: number) => toAxis(kind, sorted[i]!);
  const last = sorted.length - 1;
  const most = Math.floor(sorted.length * MOST_LEFT_OUT);
  for (let k = 1; k <= most; k++)
    if (at(last) - at(k) < FAR_APART * (at(last) - at(0))) return sorted.slice(k);
  return sorted;
}

/** The whole front with a margin. */
export function wholeFrontRange(
  kind: AxisKind,
  measured: Measured,
  front: readonly number[],
): [number, number] {
  return extent(
    kind,
    front.map((i) => measured.data[i]!),
    0.06,
  );
}

export function outsideText(count: number): string {
  return `${count} front ${count === 1 ? "design lies" : "designs lie"} outside this view`;
}
