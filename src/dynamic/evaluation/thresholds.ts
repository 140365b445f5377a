/** Thresholds of the exits for a target of accuracy or of cost, on samples that no weight has seen. */
import { NEVER } from "../plan.ts";
import type { Sureness } from "./confidence.ts";

export interface ExitChoice {
  /** Of each exit but the end. */
  readonly thresholds: readonly number[];
  /** Share of the samples that are answered rightly. */
  readonly accuracy: number;
  /** Mean cost of a sample, in the unit of the costs given. */
  readonly cost: number;
}

export type Target =
  /** The cheapest choice that is right for at least this share. */
  | { readonly kind: "accuracy"; readonly atLeast: number }
  /** The choice of the highest accuracy that costs at most this on average. */
  | { readonly kind: "cost"; readonly atMost: number };

/** Values that are tried for each exit: quantiles of its confidences. */
const CANDIDATES = 96;
/** More combinations than this are not tried one by one. */
const EXHAUSTIVE = 20_000;

export interface Calibrated {
  /** The best choice that meets the target; where none does, the one that comes nearest. */
  readonly choice: ExitChoice;
  readonly met: boolean;
}

/**
 * @param classifiers of the exits in order, and of the end
 * @param costs cost of each sample if it leaves at each classifier, [classifier][sample]
 */
export function chooseThresholds(
  classifiers: readonly Sureness[],
  costs: readonly Float64Array[],
  target: Target,
): Calibrated {
  const exits = classifiers.slice(0, -1);
  const candidates = exits.map(({ confidence }) => quantiles(confidence));
  const evaluate = (thresholds: readonly number[]) => evaluateExits(classifiers, costs, thresholds);
  let best = evaluate(exits.map(() => NEVER));
  const consider = (thresholds: readonly number[]) => {
    const choice = evaluate(thresholds);
    if (better(choice, best, target)) best = choice;
  };
  const combinations = candidates.reduce((product, list) => product * list.length, 1);
  if (combinations <= EXHAUSTIVE) for (const all of product(candidates)) consider(all);
  else descend(candidates, consider, () => best.thresholds);
  return { choice: best, met: meets(best, target) };
}

/** One exit after the other, the others held, until none gains; from several beginnings. */
function descend(
  candidates: readonly (readonly number[])[],
  consider: (thresholds: readonly number[]) => void,
  best: () => readonly number[],
): void {
  for (const share of [0, 0.25, 0.5, 0.75, 1])
    consider(candidates.map((list) => list[Math.round(share * (list.length - 1))]!));
  for (;;) {
    const before = best();
    candidates.forEach((list, k) => {
      for (const value of list) consider(best().with(k, value));
    });
    // Pairs of neighbours: what one exit lets go another may take.
    for (let k = 0; k + 1 < candidates.length; k++)
      for (const a of every(candidates[k]!, 4))
        for (const b of every(candidates[k + 1]!, 4))
          consider(
            best()
              .with(k, a)
              .with(k + 1, b),
          );
    if (best() === before) return;
  }
}

export function evaluateExits(
  classifiers: readonly Sureness[],
  costs: readonly Float64Array[],
  thresholds: readonly number[],
): ExitChoice {
  const samples = classifiers[0]!.correct.length;
  const last = classifiers.length - 1;
  let right = 0;
  let cost = 0;
  for (let i = 0; i < samples; i++) {
    let at = 0;
    while (at < last && !(classifiers[at]!.confidence[i]! >= thresholds[at]!)) at++;
    right += classifiers[at]!.correct[i]!;
    cost += costs[at]![i]!;
  }
  return { thresholds, accuracy: right / samples, cost: cost / samples };
}

function meets(choice: ExitChoice, target: Target): boolean {
  return target.kind === "accuracy"
    ? choice.accuracy >= target.atLeast
    : choice.cost <= target.atMost;
}

/** Whether `a` is to be preferred to `b`. */
function better(a: ExitChoice, b: ExitChoice, target: Target): boolean {
  const [ma, mb] = [meets(a, target), meets(b, target)];
  if (ma !== mb) return ma;
  const byAccuracy = a.accuracy !== b.accuracy ? a.accuracy > b.accuracy : a.cost < b.cost;
  const byCost = a.cost !== b.cost ? a.cost < b.cost : a.accuracy > b.accuracy;
  // Within the target the other figure counts; outside, the nearer to the target.
  return (target.kind === "accuracy") === ma ? byCost : byAccuracy;
}

function quantiles(confidence: Float32Array): readonly number[] {
  const sorted = confidence.slice().sort();
  const values = new Set([NEVER]);
  for (let i = 0; i < CANDIDATES; i++)
    values.add(sorted[Math.floor((i * sorted.length) / CANDIDATES)] ?? NEVER);
  return [...values].sort((a, b) => a - b);
}

const every = <T>(list: readonly T[], n: number) => list.filter((_, i) => i % n === 0);

function* product(lists: readonly (readonly number[])[]): Generator<readonly number[]> {
  if (lists.length === 0) {
    yield [];
    return;
  }
  const [first, ...rest] = lists;
  for (const tail of product(rest)) for (const value of first!) yield [value, ...tail];
}
