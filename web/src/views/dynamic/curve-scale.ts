/** Where accuracies and costs lie on the drawing, and which choice lies nearest to a place on it. */
import type { Evaluation, Point } from "./evaluate.ts";

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Domain {
  /** Of the dense network's MACs. */
  readonly cost: readonly [number, number];
  /** Share of the samples. */
  readonly accuracy: readonly [number, number];
}

type XY = { readonly accuracy: number; readonly macs: number };

/** Room for the front, the point that is chosen, and the dense network. */
export function domainOf(
  { front }: Pick<Evaluation, "front">,
  point: Pick<Point, "accuracy" | "macs">,
  dense: XY,
): Domain {
  const costs = [...front.map(({ cost }) => cost), point.macs, dense.macs];
  const accuracies = [...front, point, dense].map(({ accuracy }) => accuracy);
  const low = Math.min(...accuracies);
  const pad = Math.max(0.005, 0.08 * (Math.max(...accuracies) - low));
  return {
    cost: [0, (1.06 * Math.max(...costs)) / dense.macs],
    accuracy: [Math.max(0, low - pad), Math.min(1, Math.max(...accuracies) + pad)],
  };
}

export interface Scale {
  readonly x: (cost: number) => number;
  readonly y: (accuracy: number) => number;
}

export function scaleOf(frame: Frame, { cost, accuracy }: Domain): Scale {
  const wide = frame.width - frame.left - frame.right;
  const high = frame.height - frame.top - frame.bottom;
  return {
    x: (value) => frame.left + (wide * (value - cost[0])) / (cost[1] - cost[0]),
    y: (value) => frame.top + high * (1 - (value - accuracy[0]) / (accuracy[1] - accuracy[0])),
  };
}

/** Index of the nearest of places on the drawing; -1 where there is none. */
export function nearest(
  places: readonly (readonly [number, number])[],
  x: number,
  y: number,
): number {
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (const [i, [px, py]] of places.entries()) {
    const distance = (px - x) ** 2 + (py - y) ** 2;
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}
