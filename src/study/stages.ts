/** Evaluating a batch stage by stage: what breaks a constraint or falls behind goes no further. */
import { selectSurvivors } from "../search/survivors.ts";
import type { Algorithm, Design } from "../search/types.ts";
import type { TrialRow } from "./block.ts";
import type { Evaluator } from "./evaluator.ts";
import { minimised, violation } from "./outcome.ts";
import type { EvaluationContext, Objective, Problem, TrialState, Values } from "./types.ts";

export interface StageOptions {
  /** Share of the feasible designs of a batch that reaches the next stage; default 1. */
  readonly keep?: number;
  /** Designs to come after the batch; default 0. */
  readonly after?: number;
  /** Who chooses after the first stage instead of `keep`. */
  readonly accept?: Algorithm["accept"];
  readonly context?: EvaluationContext;
}

/** @returns trials in the order of `designs` */
export async function evaluateStages(
  problem: Problem,
  evaluator: Evaluator,
  designs: readonly Design[],
  { keep = 1, after = 0, accept, context }: StageOptions = {},
): Promise<TrialRow[]> {
  const { constraints } = problem;
  const last = lastStage(problem);
  const values: Values[] = designs.map(() => ({}));
  const states: TrialState[] = designs.map(() => "complete");
  const errors = new Map<number, string>();
  let open: readonly number[] = designs.map((_, i) => i);
  for (let stage = 0; stage <= last; stage++) {
    const results = await evaluator.evaluate(
      open.map((i) => designs[i]!),
      stage,
      after,
      context && { ...context, parents: open.map((i) => context.parents[i]) },
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
    if (stage === last) break;
    const { points, share } = standing(problem, stage, keep, open, values);
    const kept =
      stage === 0 && accept !== undefined && points.some((p) => p.length > 0)
        ? accept(
            open.map((i) => designs[i]!),
            points,
            designs.length,
          )
        : share < 1
          ? selectSurvivors(
              points.map((point) => ({ objectives: point, violation: 0 })),
              share,
            )
          : undefined;
    if (kept === undefined) continue;
    const survivors = new Set(kept.map((k) => open[k]!));
    for (const i of open) if (!survivors.has(i)) states[i] = "pruned";
    open = open.filter((i) => survivors.has(i));
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

/** The last stage of a problem; 0 where it has but one. */
export function lastStage({ objectives, constraints }: Problem): number {
  return Math.max(...[...objectives, ...constraints].map((o) => o.stage));
}

/** Where designs stand after a stage: what is known of their objectives, and how many go on. */
function standing(
  { objectives, interim = [] }: Problem,
  stage: number,
  keep: number,
  open: readonly number[],
  values: readonly Values[],
): { readonly points: readonly (readonly number[])[]; readonly share: number } {
  const known: Objective[] = [];
  let share = keep;
  for (const objective of objectives) {
    const early = interim.find((e) => e.of === objective.name && e.stage === stage);
    if (objective.stage <= stage) known.push(objective);
    else if (early) {
      known.push({ ...objective, name: early.name });
      share = Math.min(share, early.keep);
    }
  }
  return { points: open.map((i) => minimised(known, values[i]!)), share };
}
