/**
 * The reference point of a study's hypervolume.
 *
 * Given by the user, or by this rule: in each objective the worst value of all complete trials,
 * made worse by a tenth of the range of that objective (of its absolute value, or by 1, where all
 * trials are equal). The worst trial, not the worst of the front, because a front of one point has
 * no range; the margin, so that the ends of the front count.
 */
import type { Goal, Objective } from "./types.ts";

const MARGIN = 0.1;

export class Reference {
  readonly #given: readonly (number | undefined)[];
  readonly #best: number[];
  readonly #worst: number[];

  /** @param given by objective, in the user's units */
  constructor(objectives: readonly Objective[], given?: Readonly<Record<string, number>>) {
    this.#given = objectives.map(({ name, goal }) => {
      const value = given?.[name];
      return value === undefined ? undefined : signed(goal, value);
    });
    this.#best = objectives.map(() => Number.POSITIVE_INFINITY);
    this.#worst = objectives.map(() => Number.NEGATIVE_INFINITY);
  }

  /** @param point minimised objectives of a complete trial */
  add(point: readonly number[]): void {
    for (let k = 0; k < point.length; k++) {
      if (point[k]! < this.#best[k]!) this.#best[k] = point[k]!;
      if (point[k]! > this.#worst[k]!) this.#worst[k] = point[k]!;
    }
  }

  /** Minimised. Only after a point was added, or where all of it was given. */
  point(): number[] {
    return this.#worst.map((worst, k) => {
      const given = this.#given[k];
      if (given !== undefined) return given;
      const best = this.#best[k]!;
      const range = worst - best;
      // The range of values near the largest number is beyond it; a tenth of each end is not.
      const margin = Number.isFinite(range)
        ? MARGIN * (range || Math.abs(worst) || 1 / MARGIN)
        : MARGIN * worst - MARGIN * best;
      return Math.min(worst + margin, Number.MAX_VALUE);
    });
  }
}

function signed(goal: Goal, value: number): number {
  return goal === "maximize" ? -value : value;
}
