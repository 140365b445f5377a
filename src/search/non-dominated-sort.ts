/** Non-dominated sorting; all objectives are minimised. */
import { checkColumns, columnsOf } from "./columns.ts";
import { ascendingOrder } from "./order.ts";

/**
 * Rank of each point: 0 on the front, 1 on the front of the rest, and so on. Points equal in every
 * objective share a rank. +Infinity is worse and -Infinity better than any number; NaN is refused.
 *
 * Two objectives: O(N log N) time. Three: a binary search over the fronts, and one within each for
 * the point that might dominate, O(N log^2 N) and array moves. More: efficient sort with binary
 * search (ENS-BS, Zhang et al. 2015), O(M N sqrt N) where fronts are many and O(M N^2) where all
 * points are on one. O(M N) memory in any case.
 *
 * @param points N points of M objectives each
 */
export function nonDominatedRanks(points: readonly ArrayLike<number>[]): Int32Array {
  return points[0]?.length === 0 ? new Int32Array(points.length) : rankColumns(columnsOf(points));
}

/**
 * The same for points that are there objective by objective, which spares their copying.
 *
 * @param columns M objectives of N values each
 */
export function nonDominatedRanksOfColumns(columns: readonly Float64Array[]): Int32Array {
  checkColumns(columns);
  return rankColumns(columns);
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

/**
 * The fronts, best first, each in ascending order of its points' first objective, ties by the next
 * ones, then index.
 */
export function sortedFronts(columns: readonly Float64Array[]): number[][] {
  const order = lexicographicOrder(columns);
  const ranks = rankInOrder(columns, order);
  const fronts: number[][] = [];
  for (const i of order) {
    const rank = ranks[i]!;
    while (fronts.length <= rank) fronts.push([]);
    fronts[rank]!.push(i);
  }
  return fronts;
}

function rankColumns(columns: readonly Float64Array[]): Int32Array {
  return rankInOrder(columns, lexicographicOrder(columns));
}

function rankInOrder(columns: readonly Float64Array[], order: Uint32Array): Int32Array {
  switch (columns.length) {
    case 0:
      return new Int32Array(0);
    case 1:
    case 2:
      return sweep(columns[0]!, columns.at(-1)!, order);
    case 3:
      return staircases(columns, order);
    default:
      return binarySearchFronts(columns, order);
  }
}

/** Point indices in ascending order of the first objective, ties by the next ones, then index. */
function lexicographicOrder(columns: readonly Float64Array[]): Uint32Array {
  const [first] = columns;
  if (first === undefined) return new Uint32Array(0);
  const order = ascendingOrder(first);
  if (columns.length === 1) return order;
  const compare = (a: number, b: number) => {
    for (const column of columns) {
      if (column[a]! < column[b]!) return -1;
      if (column[a]! > column[b]!) return 1;
    }
    return a - b;
  };
  const n = order.length;
  for (let from = 0; from < n; ) {
    const value = first[order[from]!]!;
    let end = from + 1;
    while (end < n && first[order[end]!] === value) end++;
    if (end - from > 1) order.subarray(from, end).sort(compare);
    from = end;
  }
  return order;
}

/**
 * The points come in ascending order, so a front dominates the next one exactly where its smallest
 * second objective so far does; those minima ascend with the rank and can be searched.
 */
function sweep(first: Float64Array, second: Float64Array, order: Uint32Array): Int32Array {
  const ranks = new Int32Array(order.length);
  const lowest = new Float64Array(order.length);
  let fronts = 0;
  let previous = -1;
  for (let at = 0; at < order.length; at++) {
    const i = order[at]!;
    const y = second[i]!;
    if (previous >= 0 && second[previous] === y && first[previous] === first[i]) {
      ranks[i] = ranks[previous]!;
      continue;
    }
    let low = 0;
    let high = fronts;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (lowest[middle]! <= y) low = middle + 1;
      else high = middle;
    }
    lowest[low] = y;
    if (low === fronts) fronts++;
    ranks[i] = low;
    previous = i;
  }
  return ranks;
}

/** Whether sorted positions `at` and `at - 1` hold points equal in every objective. */
function repeats(columns: readonly Float64Array[], order: Uint32Array, at: number): boolean {
  if (at === 0) return false;
  for (const column of columns) if (column[order[at]!] !== column[order[at - 1]!]) return false;
  return true;
}

/**
 * Of a front's points, all no worse in the first objective than what comes next, only those count
 * that no other is no worse than in the other two: a staircase, objective 1 ascending, objective 2
 * descending. Its last step at or before a point's objective 1 decides.
 */
function staircases(columns: readonly Float64Array[], order: Uint32Array): Int32Array {
  const [, ys, zs] = columns as [Float64Array, Float64Array, Float64Array];
  const ranks = new Int32Array(order.length);
  const fronts: { readonly y: number[]; readonly z: number[] }[] = [];
  for (let at = 0; at < order.length; at++) {
    const i = order[at]!;
    if (repeats(columns, order, at)) {
      ranks[i] = ranks[order[at - 1]!]!;
      continue;
    }
    const y = ys[i]!;
    const z = zs[i]!;
    let low = 0;
    let high = fronts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const stairs = fronts[middle]!;
      const step = stepsUpTo(stairs.y, y) - 1;
      if (step >= 0 && stairs.z[step]! <= z) low = middle + 1;
      else high = middle;
    }
    ranks[i] = low;
    if (low === fronts.length) {
      fronts.push({ y: [y], z: [z] });
      continue;
    }
    const stairs = fronts[low]!;
    let from = stepsUpTo(stairs.y, y);
    if (from > 0 && stairs.y[from - 1] === y) from--;
    let end = from;
    while (end < stairs.z.length && stairs.z[end]! >= z) end++;
    if (end === from + 1) {
      stairs.y[from] = y;
      stairs.z[from] = z;
    } else {
      stairs.y.splice(from, end - from, y);
      stairs.z.splice(from, end - from, z);
    }
  }
  return ranks;
}

/** How many of the ascending numbers are at most `limit`. */
function stepsUpTo(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function binarySearchFronts(columns: readonly Float64Array[], order: Uint32Array): Int32Array {
  const n = order.length;
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

  for (let at = 0; at < n; at++) {
    if (repeats(columns, order, at)) {
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
