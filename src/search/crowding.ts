/** Crowding distance (Deb et al. 2002), normalised as pymoo does. */

import { columnsOf } from "./columns.ts";
import { ascendingOrder } from "./order.ts";

/**
 * For each point of a front the gap between its neighbours in each objective, divided by the
 * objective's range over the front, averaged over the objectives. Infinity at both ends of each
 * objective; an objective that is the same everywhere, or infinite somewhere, says nothing.
 *
 * @param points one front, N points of M objectives
 */
export function crowdingDistances(points: readonly ArrayLike<number>[]): Float64Array {
  return crowdingOf(columnsOf(points), [...points.keys()]);
}

/**
 * The distances of some points, which are one front, in their order.
 *
 * @param columns objective by objective, all points
 */
export function crowdingOf(
  columns: readonly Float64Array[],
  front: readonly number[],
): Float64Array {
  const n = front.length;
  const distances = new Float64Array(n);
  if (n <= 2) return distances.fill(Number.POSITIVE_INFINITY);
  const m = columns.length;
  const values = new Float64Array(n);
  for (const column of columns) {
    for (let i = 0; i < n; i++) values[i] = column[front[i]!]!;
    const order = ascendingOrder(values);
    const first = order[0]!;
    const last = order[n - 1]!;
    const range = values[last]! - values[first]!;
    if (range === 0) continue;
    distances[first] = Number.POSITIVE_INFINITY;
    distances[last] = Number.POSITIVE_INFINITY;
    if (!Number.isFinite(range)) continue;
    let before = values[first]!;
    let value = values[order[1]!]!;
    for (let at = 1; at < n - 1; at++) {
      const after = values[order[at + 1]!]!;
      distances[order[at]!]! += (after - before) / range / m;
      before = value;
      value = after;
    }
  }
  return distances;
}
