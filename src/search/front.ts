/** The front of what was seen so far, kept up to date point by point. */
import { invariant } from "../base/errors.ts";

export interface FrontMember<T> {
  readonly point: readonly number[];
  readonly item: T;
}

/**
 * Archive of the points that none of the added dominates. Points that are equal in every objective
 * all stay. +Infinity is worse and -Infinity better than any number; NaN is refused.
 */
export class Front<T> {
  /** Ascending in the first objective, then the others, then in the order added. */
  #members: FrontMember<T>[] = [];

  get size(): number {
    return this.#members.length;
  }

  /** In lexicographic order of the objectives; equal points in the order added. */
  members(): readonly FrontMember<T>[] {
    return this.#members;
  }

  /**
   * Whether the point is on the front now; drops what it dominates.
   *
   * With two objectives O(log n) and the move of an array's tail, else O(n).
   */
  add(point: readonly number[], item: T): boolean {
    for (const x of point) {
      // the message is built only where it is needed: this runs for every trial
      if (Number.isNaN(x)) invariant(false, `point ${point.join(", ")} has no place on a front`);
    }
    const members = this.#members;
    const at = this.#after(point);
    if (point.length === 2) {
      const before = members[at - 1]?.point;
      if (before !== undefined && !equal(before, point) && before[1]! <= point[1]!) return false;
      let end = at;
      while (end < members.length && members[end]!.point[1]! >= point[1]!) end++;
      members.splice(at, end - at, { point, item });
      return true;
    }
    // only a lexicographically smaller point can dominate, only a larger one be dominated
    for (let i = 0; i < at; i++)
      if (noWorse(members[i]!.point, point) && !equal(members[i]!.point, point)) return false;
    const kept = members.slice(0, at);
    kept.push({ point, item });
    for (let i = at; i < members.length; i++) {
      if (!noWorse(point, members[i]!.point)) kept.push(members[i]!);
    }
    this.#members = kept;
    return true;
  }

  /** First index whose point is lexicographically larger. */
  #after(point: readonly number[]): number {
    let low = 0;
    let high = this.#members.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(this.#members[middle]!.point, point) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let k = 0; k < a.length; k++) {
    if (a[k]! < b[k]!) return -1;
    if (a[k]! > b[k]!) return 1;
  }
  return 0;
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return compare(a, b) === 0;
}

function noWorse(a: readonly number[], b: readonly number[]): boolean {
  for (let k = 0; k < a.length; k++) if (a[k]! > b[k]!) return false;
  return true;
}
