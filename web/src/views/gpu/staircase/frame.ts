/** Places on the staircase's plot: two panels with one axis of widths. Pixels. */
import { firstWhere } from "../../../timeline/model.ts";
import type { CurvePoint } from "./curve.ts";

export interface Frame {
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly fillTop: number;
  readonly fillBottom: number;
  readonly widest: number;
  /** Upper end of the latency axis, microseconds. */
  readonly most: number;
  readonly px: (channels: number) => number;
  readonly py: (us: number) => number;
  readonly pFill: (share: number) => number;
}

export function frameOf(
  points: readonly CurvePoint[],
  value: (p: CurvePoint) => number,
  width: number,
): Frame {
  const [left, top, bottom, fillTop, fillBottom] = [62, 26, 276, 310, 370];
  const right = Math.max(left + 20, width - 16);
  const widest = points.at(-1)!.channels;
  const most = points.reduce((m, p) => Math.max(m, value(p)), 0) * 1.05;
  return {
    height: 408,
    left,
    right,
    top,
    bottom,
    fillTop,
    fillBottom,
    widest,
    most,
    px: (channels) => left + (channels / widest) * (right - left),
    py: (us) => bottom - (us / most) * (bottom - top),
    pFill: (share) => fillBottom - share * (fillBottom - fillTop),
  };
}

/** In steps: a sample holds for the widths up to it. */
export function pathOf(
  points: readonly CurvePoint[],
  value: (p: CurvePoint) => number,
  { px, py }: Frame,
): string {
  const n = (x: number) => x.toFixed(1);
  return points
    .map((p, i) => `${i === 0 ? `M${n(px(0))} ` : "V"}${n(py(value(p)))}H${n(px(p.channels))}`)
    .join("");
}

/** The sample whose step is under a place: the narrowest that is not left of it. */
export function positionAt(frame: Frame, points: readonly CurvePoint[], x: number): number {
  const channels = ((x - frame.left) / (frame.right - frame.left)) * frame.widest;
  return Math.min(
    points.length - 1,
    firstWhere(points, (p) => p.channels >= channels),
  );
}
