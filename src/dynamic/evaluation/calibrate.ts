/** Thresholds and temperatures of a dynamic network for a target, on held-out samples. */
import { mean } from "../../base/stats.ts";
import { partCosts } from "../parts.ts";
import type { DynamicNetwork } from "../plan.ts";
import type { Answers } from "./answers.ts";
import { type AssuredTarget, chooseAssured } from "./assured.ts";
import { fittedTemperature, surenessOf } from "./confidence.ts";
import { costsOf } from "./outcomes.ts";
import { chooseThresholds, type Target } from "./thresholds.ts";

export interface Calibration {
  readonly network: DynamicNetwork;
  readonly met: boolean;
  readonly accuracy: number;
  /** Mean multiply-accumulates of an input. */
  readonly macs: number;
  /** The most accurate and the cheapest that the classifiers give. */
  readonly limits: { readonly accuracy: number; readonly macs: number };
  readonly exits: readonly {
    readonly name: string;
    readonly temperature: number;
    readonly threshold: number;
    /** Expected calibration error before and after the temperature, which stays 1 where another makes it worse. */
    readonly error: readonly [number, number];
  }[];
}

/**
 * @param target accuracy and loss as a share, cost in multiply-accumulates of an input
 */
export function calibrate(
  network: DynamicNetwork,
  answers: Answers,
  target: Target | AssuredTarget,
): Calibration {
  const { labels, classes } = answers;
  const { plan } = network;
  const fitted = plan.exits.map((exit, k) => {
    return { exit, ...fittedTemperature(answers.logits[k]!, labels, classes) };
  });
  const classifiers = answers.logits.map((logits, k) =>
    surenessOf(logits, labels, classes, fitted[k]?.temperature ?? 1),
  );
  const costs = costsOf(partCosts(network), answers);
  const { choice, met } =
    target.kind === "assured"
      ? chooseAssured(classifiers, costs, target)
      : chooseThresholds(classifiers, costs, target);
  const best = chooseThresholds(classifiers, costs, { kind: "accuracy", atLeast: 2 }).choice;
  const exits = fitted.map(({ exit, temperature }, k) => ({
    ...exit,
    temperature,
    threshold: choice.thresholds[k]!,
  }));
  return {
    network: { graph: network.graph, plan: { ...plan, exits } },
    met,
    accuracy: choice.accuracy,
    macs: choice.cost,
    limits: { accuracy: best.accuracy, macs: mean(costs[0]!) },
    exits: exits.map(({ name, temperature, threshold }, k) => ({
      name,
      temperature,
      threshold,
      error: fitted[k]!.error,
    })),
  };
}
