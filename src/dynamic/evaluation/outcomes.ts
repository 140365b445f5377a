/** What becomes of each input at the plan's thresholds, and what that comes to. */
import { mean, quantile } from "../../base/stats.ts";
import { macsOfInput, type PartCost, partCosts } from "../parts.ts";
import type { DynamicNetwork } from "../plan.ts";
import type { Answers } from "./answers.ts";
import { surenessOf } from "./confidence.ts";

export interface Outcomes {
  /** Index of the exit of each input, the number of exits for the end. */
  readonly exits: Int32Array;
  readonly correct: Uint8Array;
  /** Multiply-accumulates spent on each. */
  readonly macs: Float64Array;
}

export function outcomesOf(network: DynamicNetwork, answers: Answers): Outcomes {
  const { plan } = network;
  const parts = partCosts(network);
  const sure = classifiersOf(network, answers);
  const { samples } = answers;
  const exits = new Int32Array(samples);
  const correct = new Uint8Array(samples);
  const macs = new Float64Array(samples);
  for (let i = 0; i < samples; i++) {
    const at = plan.exits.findIndex((exit, k) => sure[k]!.confidence[i]! >= exit.threshold);
    const exit = at < 0 ? plan.exits.length : at;
    exits[i] = exit;
    correct[i] = sure[exit]!.correct[i]!;
    macs[i] = macsOfInput(parts, exit, (region) => answers.on[region]![i]!);
  }
  return { exits, correct, macs };
}

/** Each classifier's confidence in each sample, by the plan's temperatures. */
export function classifiersOf({ plan }: DynamicNetwork, answers: Answers) {
  return answers.logits.map((logits, k) =>
    surenessOf(logits, answers.labels, answers.classes, plan.exits[k]?.temperature ?? 1),
  );
}

/** MACs of each sample if it leaves at each classifier, [classifier][sample]. */
export function costsOf(parts: readonly PartCost[], answers: Answers): readonly Float64Array[] {
  return answers.logits.map((_, k) =>
    Float64Array.from({ length: answers.samples }, (_, i) =>
      macsOfInput(parts, k, (region) => answers.on[region]![i]!),
    ),
  );
}

export interface Summary {
  readonly samples: number;
  readonly accuracy: number;
  /** Multiply-accumulates of an input. */
  readonly macs: {
    readonly dense: number;
    readonly mean: number;
    readonly min: number;
    readonly median: number;
    readonly p90: number;
    readonly max: number;
    /** 1 - mean / dense. */
    readonly saved: number;
  };
  /** For each exit and the end. */
  readonly exits: readonly {
    readonly name: string;
    /** Of the inputs. */
    readonly share: number;
    /** Of those that leave there; undefined where none does. */
    readonly accuracy: number | undefined;
    /** Of all inputs, were all to leave there. */
    readonly alone: number;
    readonly threshold: number | undefined;
    readonly macs: number;
  }[];
  readonly regions: readonly { readonly name: string; readonly on: number }[];
  readonly classes: readonly {
    readonly name: string;
    readonly samples: number;
    readonly accuracy: number;
    /** Of the dense network's MACs. */
    readonly cost: number;
  }[];
}

export function summaryOf(
  network: DynamicNetwork,
  answers: Answers,
  outcomes: Outcomes,
  classNames: readonly string[],
): Summary {
  const { plan } = network;
  const { samples, labels } = answers;
  const sorted = outcomes.macs.slice().sort();
  const meanMacs = mean(outcomes.macs);
  const sure = classifiersOf(network, answers);
  const costs = costsOf(partCosts(network), answers);
  const share = (flags: Uint8Array, keep: (i: number) => boolean) => {
    let [n, right] = [0, 0];
    for (let i = 0; i < samples; i++)
      if (keep(i)) {
        n++;
        right += flags[i]!;
      }
    return { n, accuracy: n === 0 ? undefined : right / n };
  };
  return {
    samples,
    accuracy: mean(outcomes.correct),
    macs: {
      dense: plan.denseMacs,
      mean: meanMacs,
      min: sorted[0]!,
      median: quantile(sorted, 0.5),
      p90: quantile(sorted, 0.9),
      max: sorted.at(-1)!,
      saved: 1 - meanMacs / plan.denseMacs,
    },
    exits: sure.map(({ correct }, k) => {
      const there = share(outcomes.correct, (i) => outcomes.exits[i] === k);
      return {
        name: plan.exits[k]?.name ?? "end",
        share: there.n / samples,
        accuracy: there.accuracy,
        alone: mean(correct),
        threshold: plan.exits[k]?.threshold,
        macs: mean(costs[k]!),
      };
    }),
    regions: plan.regions.map(({ name }, r) => ({ name, on: mean(answers.on[r]!) })),
    classes: classNames.map((name, c) => {
      const { n, accuracy } = share(outcomes.correct, (i) => labels[i] === c);
      let sum = 0;
      for (let i = 0; i < samples; i++) if (labels[i] === c) sum += outcomes.macs[i]!;
      return { name, samples: n, accuracy: accuracy ?? Number.NaN, cost: sum / n / plan.denseMacs };
    }),
  };
}
