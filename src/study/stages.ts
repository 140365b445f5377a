/** Evaluating a batch stage by stage: what breaks a constraint or falls behind goes no further. */
import { selectSurvivors } from "../search/survivors.ts";
import type { Design } from "../search/types.ts";
import type { TrialRow } from "./block.ts";
import type { Evaluator } from "./evaluator.ts";
import { minimised, violation } from "./outcome.ts";
import type { Problem, TrialState, Values } from "./types.ts";

/**
 * @param keep share of the feasible designs of a batch that reaches the next stage
 * @param after designs to come after the batch
 * @returns trials in the order of `designs`
 */
export async function evaluateStages(
  problem: Problem,
  evaluator: Evaluator,
  designs: readonly Design[],
  keep: number,
  after = 0,
): Promise<TrialRow[]> {
  const { objectives, constraints } = problem;
  const last = Math.max(...[...objectives, ...constraints].map((o) => o.stage));
  const values: Values[] = designs.map(() => ({}));
  const states: TrialState[] = designs.map(() => "complete");
  const errors = new Map<number, string>();
  let open = designs.map((_, i) => i);
  for (let stage = 0; stage <= last; stage++) {
    const results = await evaluator.evaluate(
      open.map((i) => designs[i]!),
      stage,
      after,
    );
    open.forEach((i, k) => {
      const result = results[k]!;
      if (result instanceof Error) {
        states[i] = "failed";
        errors.set(i, result.message || result.name);
      } else {
        values[i] = { ...values[i], ...result };
        if (violation(constraints, values[i]!) > 0) states[i] = "infeasible";
      }
    });
    open = open.filter((i) => states[i] === "complete");
    if (stage < last && keep < 1) {
      const known = objectives.filter((o) => o.stage <= stage);
      const cheap = open.map((i) => ({ objectives: minimised(known, values[i]!), violation: 0 }));
      const kept = new Set(selectSurvivors(cheap, keep).map((k) => open[k]!));
      for (const i of open) if (!kept.has(i)) states[i] = "pruned";
      open = open.filter((i) => kept.has(i));
    }
  }
  return designs.map((design, i) => {
    const error = errors.get(i);
    return {
      design,
      state: states[i]!,
      values: values[i]!,
      ...(error === undefined ? {} : { error }),
    };
  });
}
