/**
 * Accuracy, cost and shares of the exits over stored answers. What does not depend on the thresholds is
 * computed once; a step of the slider is then one pass over some hundred samples.
 */
import type { Answers } from "../../../../src/dynamic/evaluation/answers.ts";
import { classifiersOf, costsOf } from "../../../../src/dynamic/evaluation/outcomes.ts";
import { type ExitChoice, evaluateExits } from "../../../../src/dynamic/evaluation/thresholds.ts";
import { tradeOff } from "../../../../src/dynamic/evaluation/trade-off.ts";
import type { PartCost } from "../../../../src/dynamic/parts.ts";
import type { DynamicNetwork } from "../../../../src/dynamic/plan.ts";

type Classifiers = ReturnType<typeof classifiersOf>;

export interface Evaluation {
  readonly answers: Answers;
  readonly classifiers: Classifiers;
  /** Multiply-accumulates of each sample if it leaves at each classifier, [classifier][sample]. */
  readonly costs: readonly Float64Array[];
  /** Choices of thresholds that no other beats in accuracy and cost, from the cheapest. */
  readonly front: readonly ExitChoice[];
}

export function prepare(
  network: DynamicNetwork,
  parts: readonly PartCost[],
  answers: Answers,
): Evaluation {
  return {
    answers,
    classifiers: classifiersOf(network, answers),
    costs: costsOf(parts, answers),
    front: tradeOff(network, answers),
  };
}

export interface ExitShare {
  /** Of the samples. */
  readonly share: number;
  /** Of those that leave there; undefined where none does. */
  readonly accuracy: number | undefined;
}

export interface Point {
  readonly accuracy: number;
  /** Mean multiply-accumulates of a sample. */
  readonly macs: number;
  /** Of each exit and the end. */
  readonly exits: readonly ExitShare[];
}

/** Index of the exit that a sample leaves at, the number of exits for the end. */
export function exitAt(
  { classifiers }: Pick<Evaluation, "classifiers">,
  thresholds: readonly number[],
  sample: number,
): number {
  let at = 0;
  while (at < classifiers.length - 1 && !(classifiers[at]!.confidence[sample]! >= thresholds[at]!))
    at++;
  return at;
}

export function evaluate(prepared: Evaluation, thresholds: readonly number[]): Point {
  const { classifiers, costs } = prepared;
  const { accuracy, cost } = evaluateExits(classifiers, costs, thresholds);
  const samples = classifiers[0]!.correct.length;
  const counts = classifiers.map(() => 0);
  const right = classifiers.map(() => 0);
  for (let i = 0; i < samples; i++) {
    const at = exitAt(prepared, thresholds, i);
    counts[at]!++;
    right[at]! += classifiers[at]!.correct[i]!;
  }
  return {
    accuracy,
    macs: cost,
    exits: counts.map((n, k) => ({
      share: n / samples,
      accuracy: n === 0 ? undefined : right[k]! / n,
    })),
  };
}
