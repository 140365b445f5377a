/** Non-dominated sorting; all objectives are minimised. */
import { invariant } from "../base/errors.ts";
import { ascendingOrder } from "./order.ts";

/**
 * Rank of each point: 0 on the front, 1 on the front of the rest, and so on. Points equal in every
 * objective share a rank. +Infinity is worse and -Infinity better than any number; NaN is refused.
 *
 * Two objectives: O(N log N) time. More: efficient sort with binary search (ENS-BS, Zhang et al.
 * 2015), O(M N sqrt N) where fronts are many and O(M N^2) where all points are on one. O(M N)
 * memory in any case.
 *
 * @param points N points of M objectives each
 */
export function nonDominatedRanks(points: readonly ArrayLike<number>[]): Int32Array {
  const n = points.length;
  const m = points[0]?.length ?? 0;
  const columns: Float64Array[] = [];
  for (let k = 0; k < m; k++) {
    const column = new Float64Array(n);
    for (let i = 0; i < n; i++) column[i] = points[i]![k]!;
    for (let i = 0; i < n; i++) {
      invariant(!Number.isNaN(column[i]), `objective ${k} of point ${i} is NaN or missing`);
    }
    columns.push(column);
  }
  if (m === 0) return new Int32Array(n);
  const order = lexicographicOrder(columns, n);
  return m <= 2
    ? sweep(columns[0]!, columns[m - 1]!, order)
    : binarySearchFronts(points, columns, order);
}

/** Indices of the points by rank, ascending within each. */
export function frontsOf(ranks: Int32Array): number[][] {
  const fronts: number[][] = [];
  for (let i = 0; i < ranks.length; i++) {
    const rank = ranks[i]!;
    while (fronts.length <= rank) fronts.push([]);
    fronts[rank]!.push(i);
  }
  return fronts;
}

/** Point indices in ascending order of the first objective, ties by the next ones, then index. */
function lexicographicOrder(columns: readonly Float64Array[], n: number): Uint32Array {
  const [first, second] = columns;
  if (columns.length <= 2) {
    const ties = second ?? first!;
    return ascendingOrder(first!, n, (a, b) => ties[a]! - ties[b]! || a - b);
  }
  return ascendingOrder(first!, n, (a, b) => {
    for (const column of columns) {
      if (column[a]! < column[b]!) return -1;
      if (column[a]! > column[b]!) return 1;
    }
    return a - b;
  });
}

/**
 * The points come in ascending order, so a front dominates the next one exactly where its smallest
 * second objective so far does; those minima ascend with the rank and can be searched.
 */
function sweep(first: Float64Array, second: Float64Array, order: Uint32Array): Int32Array {
  const ranks = new Int32Array(order.length);
  const lowest: number[] = [];
  let previous = -1;
  for (let at = 0; at < order.length; at++) {
    const i = order[at]!;
    const y = second[i]!;
    if (previous >= 0 && first[previous] === first[i] && second[previous] === y) {
      ranks[i] = ranks[previous]!;
      continue;
    }
    let low = 0;
    let high = lowest.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (lowest[middle]! <= y) low = middle + 1;
      else high = middle;
    }
    lowest[low] = y;
    ranks[i] = low;
    previous = i;
  }
  return ranks;
}

function binarySearchFronts(
  points: readonly ArrayLike<number>[],
  columns: readonly Float64Array[],
  order: Uint32Array,
): Int32Array {
  const n = points.length;
  const m = columns.length;
  const ranks = new Int32Array(n);
  // points in sorted order, side by side; each front is a list linked backwards through `before`
  const sorted = new Float64Array(n * m);
  for (let at = 0; at < n; at++) {
    for (let k = 0; k < m; k++) sorted[at * m + k] = columns[k]![order[at]!]!;
  }
  const before = new Int32Array(n);
  const last: number[] = [];

  /** Whether any point of the front is no worse than point `at` in objectives 1.. */
  const dominated = (front: number, at: number): boolean => {
    for (let other = last[front]!; other >= 0; other = before[other]!) {
      let k = 1;
      while (k < m && sorted[other * m + k]! <= sorted[at * m + k]!) k++;
      if (k === m) return true;
    }
    return false;
  };
  const sameAsBefore = (at: number): boolean => {
    for (let k = 0; k < m; k++) {
      if (sorted[at * m + k] !== sorted[(at - 1) * m + k]) return false;
    }
    return true;
  };

  for (let at = 0; at < n; at++) {
    if (at > 0 && sameAsBefore(at)) {
      ranks[order[at]!] = ranks[order[at - 1]!]!;
      continue;
    }
    let low = 0;
    let high = last.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (dominated(middle, at)) low = middle + 1;
      else high = middle;
    }
    before[at] = last[low] ?? -1;
    last[low] = at;
    ranks[order[at]!] = low;
  }
  return ranks;
}
