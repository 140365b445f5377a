/** Axes side by side: where each stands, and what lies where along it. */
import type { Axis } from "./axes.ts";
import type { Range } from "./filters.ts";
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
export function brushed(lane: Lane, from: number, to: number): Range {
  const [a, b] = [laneValue(lane, from), laneValue(lane, to)];
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  const { labels } = lane.axis;
  if (labels === undefined) return { low, high };
  return {
    labels: labels.filter((_, i) => i >= low - NEAR && i <= high + NEAR).map(String),
  };
}

/** How far from a label its brush reaches, as a share of the way to the next. */
const NEAR = 0.3;

/** Spans of an axis that a range keeps, CSS pixels: from the top, and their height. */
export function spansOf(lane: Lane, range: Range): { y: number; height: number }[] {
  const span = (low: number, high: number) => {
    const y = laneY(lane, high);
    return { y, height: Math.max(3, laneY(lane, low) - y) };
  };
  if (!("labels" in range)) return [span(range.low, range.high)];
  return (lane.axis.labels ?? []).flatMap((label, i) =>
    range.labels.includes(String(label)) ? [span(i - NEAR, i + NEAR)] : [],
  );
}
