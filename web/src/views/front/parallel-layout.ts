/** Axes side by side: where each stands, and what lies where along it. */
import type { Axis } from "./axes.ts";
import { rangeOf } from "./ranges.ts";

export interface Lane {
  readonly axis: Axis;
  /** CSS pixels from the left. */
  readonly x: number;
  /** Values at the bottom and at the top. */
  readonly low: number;
  readonly high: number;
}

export const PARALLEL = { height: 300, top: 42, bottom: 22, side: 64, narrowest: 86 };

/** Design parameters, then what came of them. */
export const laneAxes = (axes: readonly Axis[]): Axis[] => [
  ...axes.filter(({ role }) => role === "design"),
  ...axes.filter(({ role }) => role === "value"),
  ...axes.filter(({ role }) => role === "objective"),
];

export function lanesOf(axes: readonly Axis[], room: number): { lanes: Lane[]; width: number } {
  const { side, narrowest } = PARALLEL;
  const width = Math.max(room, 2 * side + narrowest * (axes.length - 1));
  const gap = (width - 2 * side) / Math.max(1, axes.length - 1);
  const lanes = axes.map((axis, i) => {
    const [low, high] =
      axis.labels === undefined ? rangeOf(axis.data) : [0, axis.labels.length - 1];
    // One value stands in the middle of its axis.
    const room = low === high ? [low - 0.5, high + 0.5] : [low, high];
    return { axis, x: side + i * gap, low: room[0]!, high: room[1]! };
  });
  return { lanes, width };
}

/** CSS pixels from the top. */
export function laneY({ low, high }: Lane, value: number): number {
  const { height, top, bottom } = PARALLEL;
  return height - bottom - ((value - low) / (high - low)) * (height - bottom - top);
}

export function laneValue({ low, high }: Lane, y: number): number {
  const { height, top, bottom } = PARALLEL;
  const at = (height - bottom - y) / (height - bottom - top);
  return low + Math.min(1, Math.max(0, at)) * (high - low);
}

/** The range that a brush from one place to another keeps; of labels those that it touches. */
export function brushed(lane: Lane, from: number, to: number): { low: number; high: number } {
  const [a, b] = [laneValue(lane, from), laneValue(lane, to)];
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  if (lane.axis.labels === undefined) return { low, high };
  return {
    low: Math.ceil(low - 0.35),
    high: Math.max(Math.ceil(low - 0.35), Math.floor(high + 0.35)),
  };
}
