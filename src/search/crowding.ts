/** Crowding distance (Deb et al. 2002), normalised as pymoo does. */

import { ascendingOrder } from "./order.ts";

/**
 * For each point of a front the gap between its neighbours in each objective, divided by the
 * objective's range over the front, averaged over the objectives. Infinity at both ends of each
 * objective; an objective that is the same everywhere, or infinite somewhere, says nothing.
 *
 * @param points one front, N points of M objectives
 */
export function crowdingDistances(points: readonly ArrayLike<number>[]): Float64Array {
  const n = points.length;
  const distances = new Float64Array(n);
  if (n <= 2) return distances.fill(Number.POSITIVE_INFINITY);
  const m = points[0]!.length;
  const values = new Float64Array(n);
  for (let k = 0; k < m; k++) {
    for (let i = 0; i < n; i++) values[i] = points[i]![k]!;
    const order = ascendingOrder(values, n);
    const range = values[order[n - 1]!]! - values[order[0]!]!;
    if (range === 0) continue;
    distances[order[0]!] = Number.POSITIVE_INFINITY;
    distances[order[n - 1]!] = Number.POSITIVE_INFINITY;
    if (!Number.isFinite(range)) continue;
    for (let at = 1; at < n - 1; at++) {
      const gap = values[order[at + 1]!]! - values[order[at - 1]!]!;
      distances[order[at]!]! += gap / range / m;
    }
  }
  return distances;
}
