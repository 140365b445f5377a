/** Why a design is on the front, or which designs of the front make it not worth having. */
import type { ReportObjective } from "./data.ts";

/** Values of all trials for one objective, by trial number; NaN where a trial has none. */
export type Values = ArrayLike<number>;

/** +1 where larger is better, -1 where smaller is. */
export function sign(objective: Pick<ReportObjective, "goal">): 1 | -1 {
  return objective.goal === "maximize" ? 1 : -1;
}

/** `a` is at least as good as `b` in every objective, and better in one. */
export function dominates(
  objectives: readonly Pick<ReportObjective, "goal">[],
  values: readonly Values[],
  a: number,
  b: number,
): boolean {
  let better = false;
  for (let m = 0; m < objectives.length; m++) {
    const gain = sign(objectives[m]!) * (values[m]![a]! - values[m]![b]!);
    if (!(gain >= 0)) return false;
    if (gain > 0) better = true;
  }
  return better;
}

export interface Rival {
  readonly trial: number;
  /** The objective in which no other dominating design of the front is better. */
  readonly bestIn: readonly number[];
}

/**
 * Of the front's designs that dominate `trial`, the best in each objective: with two objectives,
 * the fastest that is no less accurate, and the most accurate that is no slower.
 */
export function rivals(
  objectives: readonly Pick<ReportObjective, "goal">[],
  values: readonly Values[],
  front: readonly number[],
  trial: number,
): Rival[] {
  const better = front.filter((f) => dominates(objectives, values, f, trial));
  const found = new Map<number, number[]>();
  if (better.length === 0) return [];
  objectives.forEach((objective, m) => {
    const s = sign(objective);
    const best = better.reduce((a, b) => (s * (values[m]![b]! - values[m]![a]!) > 0 ? b : a));
    found.set(best, [...(found.get(best) ?? []), m]);
  });
  return [...found].map(([t, bestIn]) => ({ trial: t, bestIn }));
}

/** Times of the same kernels added in another order differ in their last bits. */
const ROUNDING = 1e-9;

/** `a - b`, or 0 where rounding alone tells them apart. */
export function difference(a: number, b: number): number {
  return Math.abs(a - b) <= ROUNDING * Math.max(Math.abs(a), Math.abs(b)) ? 0 : a - b;
}

/**
 * The next designs along the front: for each objective the closest front design that is better in
 * it. Equal designs are no neighbours.
 */
export function neighbours(
  objectives: readonly Pick<ReportObjective, "goal">[],
  values: readonly Values[],
  front: readonly number[],
  trial: number,
): { readonly trial: number; readonly betterIn: number }[] {
  return objectives.flatMap((objective, m) => {
    const s = sign(objective);
    const gain = (f: number) => s * difference(values[m]![f]!, values[m]![trial]!);
    const better = front.filter((f) => gain(f) > 0);
    if (better.length === 0) return [];
    const nearest = better.reduce((a, b) => (gain(b) < gain(a) ? b : a));
    return [{ trial: nearest, betterIn: m }];
  });
}

/**
 * The front of two columns alone, from best to worst in the first: the corners of the stepped line
 * that bounds what can be had. Of equal points the first is kept.
 */
export function planarFront(
  goals: readonly [Pick<ReportObjective, "goal">, Pick<ReportObjective, "goal">],
  xs: Values,
  ys: Values,
  candidates: Iterable<number>,
): number[] {
  const sx = sign(goals[0]);
  const sy = sign(goals[1]);
  const rows = [...candidates].filter((i) => Number.isFinite(xs[i]!) && Number.isFinite(ys[i]!));
  rows.sort((a, b) => sx * (xs[b]! - xs[a]!) || sy * (ys[b]! - ys[a]!) || a - b);
  const corners: number[] = [];
  let best = Number.NEGATIVE_INFINITY;
  for (const i of rows) {
    const y = sy * ys[i]!;
    if (y > best) {
      best = y;
      corners.push(i);
    }
  }
  return corners;
}
