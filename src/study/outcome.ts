/** Between the user's units and directions and the search's: all objectives minimised. */
import type { Outcome } from "../search/types.ts";
import type { TrialRow } from "./block.ts";
import type { Constraint, Objective, Values } from "./types.ts";

/** The point that the search minimises; NaN where a value is missing. */
export function minimised(objectives: readonly Objective[], values: Values): number[] {
  return objectives.map(({ name, goal }) => {
    const value = values[name] ?? Number.NaN;
    return goal === "maximize" ? -value : value;
  });
}

/**
 * How far the values are outside the constraints, 0 where they hold: the sum of the excesses, each
 * relative to its bound (absolute where the bound is 0). Constraints without a value count nothing.
 */
export function violation(constraints: readonly Constraint[], values: Values): number {
  let sum = 0;
  for (const { name, op, bound } of constraints) {
    const value = values[name];
    if (value === undefined) continue;
    const excess = op === "<=" ? value - bound : bound - value;
    if (excess > 0) sum += excess / (Math.abs(bound) || 1);
  }
  return sum;
}

/** What the algorithm is told of a trial, and of a stored one again. */
export function outcomeOf(
  row: Pick<TrialRow, "state" | "values" | "error">,
  objectives: readonly Objective[],
  constraints: readonly Constraint[],
): Outcome {
  switch (row.state) {
    case "failed":
      return { kind: "failed", reason: row.error ?? "" };
    case "pruned":
      return { kind: "pruned", violation: violation(constraints, row.values) };
    case "complete":
    case "infeasible": {
      const point = minimised(objectives, row.values);
      const broken = violation(constraints, row.values);
      // The expensive objectives of a design that breaks a cheap constraint are never computed.
      if (point.some(Number.isNaN)) return { kind: "pruned", violation: broken };
      return { kind: "complete", objectives: point, violation: broken };
    }
  }
}
