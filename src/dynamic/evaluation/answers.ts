/** What every classifier of a dynamic network says of samples, and which regions were on. */
import { Batches, type Normalization, type SampleView } from "../../runtime/data/index.ts";
import { nodeEngine } from "../../runtime/node-engine.ts";
import { masked } from "../masked.ts";
import type { DynamicNetwork } from "../plan.ts";

export interface Answers {
  readonly samples: number;
  readonly classes: number;
  readonly labels: Int32Array;
  /** For each classifier, the last one last: logits [samples, classes]. */
  readonly logits: readonly Float32Array[];
  /** For each region: share that was on [samples]. */
  readonly on: readonly Float32Array[];
}

const BATCH = 250;

export interface AnswerOptions {
  readonly normalization: Normalization;
  readonly threads?: number;
  readonly onProgress?: (done: number, of: number) => void;
}

/** Runs the masked network: every part for every sample, so that any thresholds can be tried after. */
export async function answersOf(
  network: DynamicNetwork,
  view: SampleView,
  { normalization, threads, onProgress }: AnswerOptions,
): Promise<Answers> {
  const { graph, logits, shares } = masked(network);
  const session = await nodeEngine.open(graph, threads === undefined ? {} : { threads });
  try {
    const samples = view.indices.length;
    const batches = new Batches(view, { batch: Math.min(BATCH, samples), normalization });
    const labels = new Int32Array(samples);
    let classes = 0;
    let all: Float32Array[] = [];
    const on = shares.map(() => new Float32Array(samples));
    let done = 0;
    for (let i = 0; i < batches.perEpoch; i++) {
      const batch = batches.fill(0, i);
      const outputs = await session.run({ [graph.inputs[0]!.name]: batch.images });
      classes = outputs[logits[0]!]!.dims[1]!;
      if (all.length === 0) all = logits.map(() => new Float32Array(samples * classes));
      for (const [k, name] of logits.entries())
        all[k]!.set(outputs[name]!.data as Float32Array, done * classes);
      for (const [k, name] of shares.entries())
        on[k]!.set(outputs[name]!.data as Float32Array, done);
      for (let j = 0; j < batch.count; j++) labels[done + j] = Number(batch.labels.data[j]);
      done += batch.count;
      onProgress?.(done, samples);
    }
    return { samples, classes, labels, logits: all, on };
  } finally {
    await session.release();
  }
}

/** What to do about a gap, in whatever command it is found. */
export const GAP_HINT =
  "its weights are damaged, or its training went astray: train it anew with a lower learning rate, `tidemark dynamic train --lr RATE`";

/**
 * Which classifier gives something else than numbers, e.g. "exit1 gives no numbers for 3 of 100 samples";
 * undefined where none does. No threshold and no temperature can be told from such answers.
 */
export function gapOf(
  { plan }: DynamicNetwork,
  { logits, samples, classes }: Answers,
): string | undefined {
  for (const [k, values] of logits.entries()) {
    const odd = new Set<number>();
    values.forEach((value, i) => {
      if (!Number.isFinite(value)) odd.add(Math.floor(i / classes));
    });
    if (odd.size > 0)
      return `${plan.exits[k]?.name ?? "the last classifier"} gives no numbers for ${odd.size} of ${samples} samples`;
  }
  return undefined;
}
