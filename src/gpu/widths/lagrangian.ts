/**
 * Value against time. For a price of time the best assignment is found exactly; the assignments over
 * all prices are the corners of the upper hull, and Lagrangian duality gives a bound that no
 * assignment can pass (Everett, Operations Research 11, 1963).
 */
import { eliminate, type Plan, planElimination } from "./elimination.ts";
import { type Assignment, type Tables, total } from "./factors.ts";

export interface Corner {
  readonly assignment: Assignment;
  readonly us: number;
  readonly value: number;
}

export class Hull {
  /** Choices that stay as they are, so that the search is exact for the rest. */
  readonly held: readonly number[];
  readonly #tables: Tables;
  readonly #plan: Plan;
  readonly #start: Assignment;
  readonly #corners = new Map<string, Corner>();

  constructor(tables: Tables, sizes: readonly number[], start: Assignment) {
    this.#tables = tables;
    this.#start = start;
    this.#plan = planElimination(
      sizes,
      tables.factors.map((f) => f.choices),
    );
    this.held = this.#plan.held;
    // The two ends: the fastest of all, and the fastest of the most valuable.
    this.#solve(1, 0);
    this.#solve(1e-9, 1);
  }

  /** Corners found so far, fast to slow. */
  corners(): Corner[] {
    return [...this.#corners.values()].sort((a, b) => a.us - b.us || a.value - b.value);
  }

  /**
   * The neighbouring corners between which `isBeyond` turns true; the first of them is undefined
   * where it is true of the fastest, the second where it is true of none.
   */
  bracket(isBeyond: (corner: Corner) => boolean): [Corner | undefined, Corner | undefined] {
    let [low, high] = this.#turn(isBeyond);
    while (low !== undefined && high !== undefined) {
      const us = high.us - low.us;
      const value = high.value - low.value;
      if (us <= 0 || value <= 0) break;
      const found = this.#solve(value / us, 1);
      // No assignment above the line between the two: they are neighbours.
      const above = found.value - low.value - (value / us) * (found.us - low.us);
      if (above <= 1e-9 * Math.abs(value)) break;
      [low, high] = isBeyond(found) ? [low, found] : [found, high];
    }
    return [low, high];
  }

  #turn(isBeyond: (corner: Corner) => boolean): [Corner | undefined, Corner | undefined] {
    const corners = this.corners();
    const first = corners.findIndex(isBeyond);
    if (first < 0) return [corners.at(-1), undefined];
    return [corners[first - 1], corners[first]];
  }

  #solve(price: number, worth: number): Corner {
    const terms = this.#tables.factors.map((f) => {
      const values = new Float64Array(f.us.length);
      for (let i = 0; i < values.length; i++) values[i] = price * f.us[i]! - worth * f.value[i]!;
      return { variables: f.choices, values };
    });
    const { assignment } = eliminate(this.#plan, terms, this.#start);
    const corner = {
      assignment,
      us: total(this.#tables, "us", assignment),
      value: total(this.#tables, "value", assignment),
    };
    this.#corners.set(assignment.join(), corner);
    return corner;
  }
}

/** The most value at a time, on the line between two neighbouring corners: an upper bound. */
export function valueBound([low, high]: [Corner | undefined, Corner | undefined], us: number) {
  if (high === undefined) return low?.value;
  if (low === undefined) return undefined;
  return low.value + ((high.value - low.value) * (us - low.us)) / (high.us - low.us);
}

/** The least time for a value, on the line between two neighbouring corners: a lower bound. */
export function timeBound([low, high]: [Corner | undefined, Corner | undefined], value: number) {
  if (low === undefined) return high?.us;
  if (high === undefined) return undefined;
  return low.us + ((high.us - low.us) * (value - low.value)) / (high.value - low.value);
}
