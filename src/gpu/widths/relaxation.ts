/**
 * The best mixture of assignments under linear limits. For a price on every limit the best assignment
 * is found exactly by elimination; a small linear program over the assignments found so far gives the
 * next prices (Dantzig and Wolfe, Operations Research 8, 1960). By Lagrangian duality every set of
 * prices bounds what any one assignment can reach (Everett, Operations Research 11, 1963).
 */
import { eliminate, type Plan, type Term } from "./elimination.ts";
import { type Assignment, entries, type Sum, type Tables, total } from "./factors.ts";
import { solveLinear } from "./simplex.ts";

/** `sign * (sum - limit) <= 0`; of a latency that is to fall: `sum <= limit (1 - improvement)`. */
export interface Row {
  readonly sum: Sum;
  readonly sign: 1 | -1;
  readonly limit: number;
  /** What the excess is measured in. */
  readonly scale: number;
  readonly improves: boolean;
}

export interface Problem {
  readonly tables: Tables;
  readonly rows: readonly Row[];
  /** What is maximised; undefined: the improvement of the rows that improve. */
  readonly objective: Sum | undefined;
  /** What differences of the objective are measured in. */
  readonly scale: number;
}

export interface Relaxation {
  /** No assignment within the limits has more of the objective (or a larger improvement). */
  readonly bound: number;
  /** The assignments of the best mixture, largest share first. */
  readonly corners: readonly Assignment[];
  /** Objective for each unit of excess, by row. */
  readonly prices: readonly number[];
  /** Everything that was met, to go on from where a limit is added. */
  readonly columns: readonly Assignment[];
}

const MOST_SOLVES = 80;
const TOLERANCE = 1e-5;

/** By how much a limit is passed, in its scale; at most 0 where it holds. */
export function excess({ sign, limit, scale }: Omit<Row, "sum" | "improves">, sum: number): number {
  return (sign * (sum - limit)) / scale;
}

/**
 * @param reference an assignment within all limits
 * @param columns assignments to begin with
 */
export function relax(
  problem: Problem,
  plan: Plan,
  reference: Assignment,
  columns: readonly Assignment[] = [],
): Relaxation {
  const { tables, rows, objective, scale } = problem;
  const worth = (a: Assignment) =>
    objective === undefined ? 0 : total(tables, objective, a) / scale;
  const column = (assignment: Assignment) => ({
    assignment,
    worth: worth(assignment),
    excess: rows.map((row) => excess(row, total(tables, row.sum, assignment))),
  });
  const base = column(reference);
  const known = new Map([reference, ...columns].map((a) => [a.join(), column(a)]));
  let bound = Number.POSITIVE_INFINITY;
  let prices: readonly number[] = rows.map(() => 0);
  let shares: readonly number[] = [];
  for (let solves = 0; solves < MOST_SOLVES; solves++) {
    const list = [...known.values()];
    const master = solveLinear({
      objective: [...list.map((c) => c.worth - base.worth), objective === undefined ? 1 : 0],
      rows: [
        ...rows.map((row, r) => [
          ...list.map((c) => c.excess[r]! - base.excess[r]!),
          row.improves ? 1 : 0,
        ]),
        [...list.map(() => 1), 0],
      ],
      limits: [...rows.map((_, r) => Math.max(0, -base.excess[r]!)), 1],
    });
    shares = master.x.slice(0, list.length);
    prices = master.prices.slice(0, rows.length);
    const assignment = priced(problem, plan, reference, prices);
    const found = column(assignment);
    const value = found.worth - prices.reduce((sum, p, r) => sum + p * found.excess[r]!, 0);
    bound = Math.min(bound, value);
    const reached = base.worth + master.value;
    const key = assignment.join();
    if (bound - reached <= TOLERANCE || known.has(key)) break;
    known.set(key, found);
  }
  const list = [...known.values()];
  const corners = shares
    .map((share, j) => ({ share, assignment: list[j]!.assignment }))
    .filter((c) => c.share > 1e-9)
    .sort((a, b) => b.share - a.share)
    .map((c) => c.assignment);
  return {
    bound: bound * scale,
    corners: corners.length > 0 ? corners : [reference],
    prices: prices.map((p) => p * scale),
    columns: list.map((c) => c.assignment),
  };
}

/** The assignment with most of the objective less the price of every excess. */
export function priced(
  problem: Problem,
  plan: Plan,
  reference: Assignment,
  prices: readonly number[],
): Assignment {
  return eliminate(plan, termsAt(problem, prices), reference).assignment;
}

/**
 * What is minimised for some prices: the excesses at their prices less the objective, in its scale.
 * Limits and launches that no choice changes are left out.
 */
export function termsAt(
  { tables, rows, objective, scale }: Problem,
  prices: readonly number[],
): Term[] {
  return tables.factors.map(({ choices, sizes }, f) => {
    const values = new Float64Array(entries(sizes));
    const add = (sum: Sum, weight: number) => {
      const own = sum.values[f];
      if (own === undefined || weight === 0) return;
      for (let i = 0; i < values.length; i++) values[i]! += weight * own[i]!;
    };
    rows.forEach((row, r) => {
      add(row.sum, (prices[r]! * row.sign) / row.scale);
    });
    if (objective !== undefined) add(objective, -1 / scale);
    return { variables: choices, values };
  });
}
