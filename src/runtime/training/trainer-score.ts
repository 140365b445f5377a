/** Loss and accuracy of a network on samples. */
import type { Graph } from "../../graph/types.ts";
import { Batches, type Normalization, type SampleView } from "../data/index.ts";
import type { Engine } from "../types.ts";
import { correctOf, EVALUATION_OUTPUTS, evaluationGraph } from "./evaluation.ts";
import { LABELS } from "./layout.ts";

export interface Score {
  /** Mean cross-entropy without smoothing. */
  readonly loss: number;
  /** Share of samples whose largest logit is at their label. */
  readonly accuracy: number;
  /** Of further classifiers, by what they are called. */
  readonly exits?: Readonly<Record<string, number>>;
}

/** Samples in one run of the evaluation; the last run has fewer. */
const EVALUATION_BATCH = 250;

export interface ScoreOptions {
  readonly normalization: Normalization;
  readonly engine: Engine;
  readonly threads?: number;
  /** Logits of further classifiers, by what they are called. */
  readonly exits?: Readonly<Record<string, string>>;
}

/** @param network in inference form, of one input, with a free batch */
export async function scoreOf(
  network: Graph,
  view: SampleView,
  { normalization, engine, threads, exits }: ScoreOptions,
): Promise<Score> {
  const input = network.inputs[0]!.name;
  const session = await engine.open(
    evaluationGraph(network, exits),
    threads === undefined ? {} : { threads },
  );
  try {
    const batch = Math.min(EVALUATION_BATCH, view.indices.length);
    const batches = new Batches(view, { batch, normalization });
    let loss = 0;
    let correct = 0;
    const hits = new Map(Object.keys(exits ?? {}).map((exit) => [exit, 0]));
    for (let i = 0; i < batches.perEpoch; i++) {
      const { images, labels } = batches.fill(0, i);
      const outputs = await session.run({ [input]: images, [LABELS]: labels });
      loss += Number(outputs[EVALUATION_OUTPUTS.lossSum]!.data[0]);
      correct += Number(outputs[EVALUATION_OUTPUTS.correct]!.data[0]);
      for (const [exit, sum] of hits)
        hits.set(exit, sum + Number(outputs[correctOf(exit)]!.data[0]));
    }
    const samples = view.indices.length;
    const shares = Array.from(hits, ([exit, sum]) => [exit, sum / samples] as const);
    return {
      loss: loss / samples,
      accuracy: correct / samples,
      ...(shares.length > 0 && { exits: Object.fromEntries(shares) }),
    };
  } finally {
    await session.release();
  }
}
