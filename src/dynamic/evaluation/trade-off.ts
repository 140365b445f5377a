/** Accuracy against cost over the thresholds of the exits: what other choices would have come to. */
import { partCosts } from "../parts.ts";
import { type DynamicNetwork, NEVER } from "../plan.ts";
import type { Answers } from "./answers.ts";
import type { Sureness } from "./confidence.ts";
import { classifiersOf, costsOf } from "./outcomes.ts";
import { type ExitChoice, evaluateExits } from "./thresholds.ts";

/** Combinations of thresholds that are tried. */
const COMBINATIONS = 2000;

/**
 * The choices that no other one beats in both, from the cheapest to the most accurate; one where there
 * is no exit. They are chosen on the samples that they are told of, so that the line is a bound from
 * above for others.
 */
export function tradeOff(network: DynamicNetwork, answers: Answers): readonly ExitChoice[] {
  return efficientChoices(classifiersOf(network, answers), costsOf(partCosts(network), answers));
}

/** As `tradeOff`, of the classifiers' answers: the exits' in order, and the end's. */
export function efficientChoices(
  classifiers: readonly Sureness[],
  costs: readonly Float64Array[],
): readonly ExitChoice[] {
  const exits = classifiers.slice(0, -1);
  const each = exits.length === 0 ? 0 : Math.max(2, Math.floor(COMBINATIONS ** (1 / exits.length)));
  const candidates = exits.map(({ confidence }) => levels(confidence, each));
  const choices: ExitChoice[] = [];
  for (const thresholds of combinations(candidates))
    choices.push(evaluateExits(classifiers, costs, thresholds));
  return undominated(choices);
}

/** Of choices of equal accuracy and cost one is kept. */
export function undominated(choices: readonly ExitChoice[]): readonly ExitChoice[] {
  const sorted = choices.toSorted((a, b) => a.cost - b.cost || b.accuracy - a.accuracy);
  const out: ExitChoice[] = [];
  for (const choice of sorted) if (choice.accuracy > (out.at(-1)?.accuracy ?? -1)) out.push(choice);
  return out;
}

/** The exit taken by all, by none, and by shares of the inputs between. */
function levels(confidence: Float32Array, count: number): readonly number[] {
  const sorted = confidence.slice().sort();
  const values = new Set([NEVER]);
  for (let i = 0; i < count - 1; i++)
    values.add(sorted[Math.floor((i * sorted.length) / (count - 1))] ?? NEVER);
  return [...values];
}

function* combinations(lists: readonly (readonly number[])[]): Generator<readonly number[]> {
  const [first, ...rest] = lists;
  if (first === undefined) yield [];
  else for (const tail of combinations(rest)) for (const value of first) yield [value, ...tail];
}
