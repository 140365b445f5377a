/** The dense network that a dynamic one is compared with, on the same samples. */
import { mean } from "../../base/stats.ts";
import type { Graph } from "../../graph/types.ts";
import type { SampleView } from "../../runtime/data/index.ts";
import { type AnswerOptions, answersOf } from "./answers.ts";
import { surenessOf } from "./confidence.ts";
import { lossError, lossOf, paired } from "./paired.ts";

export interface Comparison {
  /** Of the dense network. */
  readonly accuracy: number;
  /** Share of all inputs that the dynamic network answers rightly less often; below 0 where more. */
  readonly loss: number;
  /** Standard error of the loss: both were asked the same inputs. */
  readonly lossError: number;
  readonly onlyDenseRight: number;
  readonly onlyDynamicRight: number;
}

/** @param denseRight 1 where the dense network is right, of each input, as `correct` of the dynamic one */
export function comparison(denseRight: Uint8Array, correct: Uint8Array): Comparison {
  const counts = paired(denseRight, correct);
  return {
    accuracy: mean(denseRight),
    loss: lossOf(counts),
    lossError: lossError(counts),
    onlyDenseRight: counts.lost,
    onlyDynamicRight: counts.gained,
  };
}

/** 1 for each sample that the network answers rightly. @param dense a classifier with a free batch */
export async function rightOf(
  dense: Graph,
  view: SampleView,
  options: AnswerOptions,
): Promise<Uint8Array> {
  const plan = { version: 1, exits: [], regions: [], dense: {}, denseMacs: 0 } as const;
  const network = { graph: dense, plan: { ...plan, exits: [], regions: [] } };
  const { logits, labels, classes } = await answersOf(network, view, options);
  return surenessOf(logits[0]!, labels, classes, 1).correct;
}
