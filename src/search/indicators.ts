/**
 * How near a set of points is to a reference front; all objectives are minimised, smaller values
 * are better. An empty set is infinitely far; NaN is refused.
 */
import { invariant } from "../base/errors.ts";

type Point = ArrayLike<number>;

/** Inverted generational distance: mean Euclidean distance of the front's points to the set. */
export function igd(points: readonly Point[], front: readonly Point[]): number {
  return meanNearest(points, front, (d) => d);
}

/**
 * IGD+ (Ishibuchi et al. 2015): only what a point is worse by counts as distance, so that a better
 * set is never further away.
 */
export function igdPlus(points: readonly Point[], front: readonly Point[]): number {
  return meanNearest(points, front, (d) => Math.max(d, 0));
}

/**
 * Additive epsilon (Zitzler et al. 2003): the least number that, taken off every objective of the
 * set, lets it weakly dominate the whole front.
 */
export function additiveEpsilon(points: readonly Point[], front: readonly Point[]): number {
  checkPoints(points, front);
  let worst = Number.NEGATIVE_INFINITY;
  for (const r of front) {
    let nearest = Number.POSITIVE_INFINITY;
    for (const p of points) {
      let shift = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < r.length; k++) shift = Math.max(shift, p[k]! - r[k]!);
      nearest = Math.min(nearest, shift);
    }
    worst = Math.max(worst, nearest);
  }
  return worst;
}

function meanNearest(
  points: readonly Point[],
  front: readonly Point[],
  gap: (difference: number) => number,
): number {
  checkPoints(points, front);
  let total = 0;
  for (const r of front) {
    let nearest = Number.POSITIVE_INFINITY;
    for (const p of points) {
      let squares = 0;
      for (let k = 0; k < r.length; k++) squares += gap(p[k]! - r[k]!) ** 2;
      if (squares < nearest) nearest = squares;
    }
    total += Math.sqrt(nearest);
  }
  return total / front.length;
}

function checkPoints(points: readonly Point[], front: readonly Point[]): void {
  invariant(front.length > 0, "the reference front is empty");
  const m = front[0]!.length;
  for (const [what, set] of [
    ["point", points],
    ["front point", front],
  ] as const) {
    set.forEach((p, i) => {
      invariant(p.length === m, `${what} ${i} has ${p.length} objectives, the front ${m}`);
      for (let k = 0; k < m; k++) {
        invariant(!Number.isNaN(p[k]), `objective ${k} of ${what} ${i} is NaN`);
      }
    });
  }
}
