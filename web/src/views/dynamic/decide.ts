/** What becomes of one image at given thresholds, from one run of everything. */
import {
  confidencesOf,
  exitOf,
  firstExits,
  type Seen,
  type SeenRegion,
} from "../../../../src/dynamic/evaluation/seen.ts";
import type { PartCost } from "../../../../src/dynamic/parts.ts";
import type { DynamicNetwork, DynamicPlan } from "../../../../src/dynamic/plan.ts";

/** An exit that nobody takes. */
export const NEVER = 1.01;

/** The plan with other thresholds. */
export const withThresholds = (plan: DynamicPlan, thresholds: readonly number[]): DynamicPlan => ({
  ...plan,
  exits: plan.exits.map((exit, k) => ({ ...exit, threshold: thresholds[k] ?? exit.threshold })),
});

/** A stretch of the network that ends with a classifier. */
export interface StageOutcome {
  /** The exit's name, `end` for the last. */
  readonly name: string;
  /** False where the image left before it. */
  readonly reached: boolean;
  readonly taken: boolean;
  readonly confidence: number;
  /** Undefined for the end, which all take. */
  readonly threshold: number | undefined;
  readonly logits: Float32Array;
  readonly probabilities: Float32Array;
  /** Multiply-accumulates that the stage takes for this image, and takes with every region on. */
  readonly macs: number;
  readonly mostMacs: number;
  readonly regions: readonly (SeenRegion & { readonly share: number })[];
}

export interface Outcome {
  readonly exit: number;
  readonly stages: readonly StageOutcome[];
  /** Spent on this image. */
  readonly macs: number;
  readonly denseMacs: number;
  /** Class of the largest probability where it left. */
  readonly answer: number;
}

export function outcomeOf(
  { graph, plan }: DynamicNetwork,
  parts: readonly PartCost[],
  seen: Seen,
): Outcome {
  const confidences = confidencesOf(plan, seen.logits);
  const exit = exitOf(plan, confidences);
  const first = firstExits({ graph, plan });
  const shares = seen.regions.map(({ mask }) => mask.reduce((a, b) => a + b, 0) / mask.length);
  const stages = parts.map((part, k): StageOutcome => {
    const sum = (share: (index: number) => number) =>
      part.regions.reduce((macs, region) => macs + region.on(share(region.index)), part.macs);
    return {
      name: part.exit ?? "end",
      reached: k <= exit,
      taken: k === exit,
      confidence: confidences[k]!,
      threshold: plan.exits[k]?.threshold,
      logits: seen.logits[k]!,
      probabilities: softmax(seen.logits[k]!, plan.exits[k]?.temperature ?? 1),
      macs: sum((index) => shares[index]!),
      mostMacs: sum(() => 1),
      regions: seen.regions.flatMap((region, r) =>
        first[r] === k ? [{ ...region, share: shares[r]! }] : [],
      ),
    };
  });
  return {
    exit,
    stages,
    macs: stages.reduce((sum, { reached, macs }) => sum + (reached ? macs : 0), 0),
    denseMacs: plan.denseMacs,
    answer: largest(stages[exit]!.probabilities),
  };
}

export function softmax(logits: ArrayLike<number>, temperature: number): Float32Array {
  let top = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < logits.length; c++) top = Math.max(top, logits[c]!);
  const out = Float32Array.from(logits, (value) => Math.exp((value - top) / temperature));
  const sum = out.reduce((a, b) => a + b, 0);
  return out.map((value) => value / sum);
}

export function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let c = 1; c < values.length; c++) if (values[c]! > values[best]!) best = c;
  return best;
}
