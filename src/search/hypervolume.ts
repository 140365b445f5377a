/**
 * Exact hypervolume: the measure of what a set of points dominates below a reference point. All
 * objectives are minimised. Points that are not better than the reference in every objective add
 * nothing, so +Infinity is harmless; -Infinity makes the volume infinite; NaN is refused.
 *
 * Two objectives: a sweep, O(N log N). Three: a sweep over the third with the staircase of the
 * first two, O(N log N) and array moves (Beume et al. 2009). More: each point's exclusive volume by
 * limiting the better ones to it (WFG, While, Bradstreet & Barone 2012), a dimension less at each
 * level, down to the sweeps.
 */
import { invariant } from "../base/errors.ts";
import { nonDominatedRanks } from "./non-dominated-sort.ts";

type Point = ArrayLike<number>;

/**
 * @param points N points of M objectives, in any order, dominated and equal ones allowed
 * @param reference M finite numbers
 */
export function hypervolume(points: readonly Point[], reference: Point): number {
  return volume(inside(points, reference), reference, reference.length);
}

/**
 * What each point of the front alone adds: the hypervolume of the front minus that of the front
 * without it (moocore's default). 0 of dominated points, of points outside the reference and of
 * points that occur twice.
 */
export function hypervolumeContributions(points: readonly Point[], reference: Point): Float64Array {
  const m = reference.length;
  const contributions = new Float64Array(points.length);
  const within = points.flatMap((p, i) => (inside([p], reference).length === 1 ? [i] : []));
  const ranks = nonDominatedRanks(within.map((i) => points[i]!));
  const front = within.filter((_, at) => ranks[at] === 0);
  for (const i of front) {
    const p = points[i]!;
    const limited = front.flatMap((j) => (j === i ? [] : [limit(points[j]!, p, m)]));
    const exclusive = box(p, reference, m) - volume(irredundant(limited), reference, m);
    // the difference of equal volumes may round below zero
    contributions[i] = Math.max(0, exclusive);
  }
  return contributions;
}

function inside(points: readonly Point[], reference: Point): Point[] {
  const m = reference.length;
  for (let k = 0; k < m; k++) {
    invariant(Number.isFinite(reference[k]), `reference ${k} is ${reference[k]}`);
  }
  return points.filter((p, i) => {
    invariant(p.length === m, `point ${i} has ${p.length} objectives, the reference ${m}`);
    let better = true;
    for (let k = 0; k < m; k++) {
      invariant(!Number.isNaN(p[k]), `objective ${k} of point ${i} is NaN`);
      better &&= p[k]! < reference[k]!;
    }
    return better;
  });
}

/** Volume in the first `m` objectives of points that are all inside the reference. */
function volume(points: readonly Point[], reference: Point, m: number): number {
  switch (points.length) {
    case 0:
      return 0;
    case 1:
      return box(points[0]!, reference, m);
    default:
  }
  if (m === 1) return reference[0]! - Math.min(...points.map((p) => p[0]!));
  if (m === 2) return area(points, reference);
  if (m === 3) return volume3(points, reference);
  return slices(points, reference, m);
}

function box(p: Point, reference: Point, m: number): number {
  let product = 1;
  for (let k = 0; k < m; k++) product *= reference[k]! - p[k]!;
  return product;
}

function area(points: readonly Point[], reference: Point): number {
  const sorted = points.slice().sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!);
  let total = 0;
  let floor = reference[1]!;
  for (const p of sorted) {
    if (p[1]! >= floor) continue;
    total += (reference[0]! - p[0]!) * (floor - p[1]!);
    floor = p[1]!;
  }
  return total;
}

/** Sweeps upwards in objective 2; `xs`, `ys` are the staircase of the points below. */
function volume3(points: readonly Point[], reference: Point): number {
  const sorted = points.slice().sort((a, b) => a[2]! - b[2]!);
  const right = reference[0]!;
  const top = reference[1]!;
  const xs: number[] = [];
  const ys: number[] = [];
  let covered = 0;
  let total = 0;
  for (let at = 0; at < sorted.length; at++) {
    const x = sorted[at]![0]!;
    const y = sorted[at]![1]!;
    let low = 0;
    let high = xs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (xs[middle]! <= x) low = middle + 1;
      else high = middle;
    }
    // steps to the left have smaller x; the nearest has the smallest y of them
    const ceiling = low === 0 ? top : ys[low - 1]!;
    if (y < ceiling) {
      // an equal x to the left, above y, is covered by the new step
      const begin = low > 0 && xs[low - 1] === x ? low - 1 : low;
      let height = ceiling;
      let left = x;
      let end = low;
      while (end < xs.length && ys[end]! >= y) {
        covered += (xs[end]! - left) * (height - y);
        left = xs[end]!;
        height = ys[end]!;
        end++;
      }
      covered += ((end < xs.length ? xs[end]! : right) - left) * (height - y);
      xs.splice(begin, end - begin, x);
      ys.splice(begin, end - begin, y);
    }
    const next = at + 1 < sorted.length ? sorted[at + 1]![2]! : reference[2]!;
    total += covered * (next - sorted[at]![2]!);
  }
  return total;
}

/**
 * Points in ascending order of the last objective: what one adds to those before it is a slab from
 * its last objective to the reference, and the slab's base has one dimension less.
 */
function slices(points: readonly Point[], reference: Point, m: number): number {
  const sorted = points.slice().sort((a, b) => a[m - 1]! - b[m - 1]!);
  let total = 0;
  for (let i = 0; i < sorted.length; i++) {
    const p = sorted[i]!;
    const limited: Point[] = [];
    for (let j = 0; j < i; j++) limited.push(limit(sorted[j]!, p, m - 1));
    const base = box(p, reference, m - 1) - volume(irredundant(limited), reference, m - 1);
    total += (reference[m - 1]! - p[m - 1]!) * base;
  }
  return total;
}

/** The part of what `p` dominates that `by` dominates too: the larger of each objective. */
function limit(p: Point, by: Point, m: number): Float64Array {
  const out = new Float64Array(m);
  for (let k = 0; k < m; k++) out[k] = Math.max(p[k]!, by[k]!);
  return out;
}

/** The points that no other dominates or repeats. */
function irredundant(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (const p of points) {
    let size = 0;
    let covered = false;
    for (const q of kept) {
      if (covered || !noWorse(p, q)) {
        kept[size++] = q;
        covered ||= noWorse(q, p);
      }
    }
    kept.length = size;
    if (!covered) kept.push(p);
  }
  return kept;
}

function noWorse(a: Point, b: Point): boolean {
  for (let k = 0; k < a.length; k++) if (a[k]! > b[k]!) return false;
  return true;
}
