/** `tidemark run MODEL --data D`: how well a network does on a data set. */
import { basename } from "node:path";
import type { Command } from "commander";
import { UserError } from "../base/errors.ts";
import { type Column, formatDuration } from "../report/index.ts";
import type { Split } from "../runtime/data/index.ts";
import { type ModelScore, modelScore } from "../runtime/training/model-score.ts";
import { looksLikePath, zooReference } from "../zoo/reference.ts";
import { type DatasetFlags, openWithTalk } from "./dataset-options.ts";
import { openModel } from "./model.ts";
import type { Formatted } from "./options.ts";
import { printJson, printRows } from "./print.ts";
import { ProgressLine } from "./progress-line.ts";
import { say } from "./talk.ts";

export interface OnDataFlags extends DatasetFlags, Formatted {
  readonly data: string;
  readonly split?: Split;
  readonly threads?: number;
}

/** Of `run`, what has no effect on the score. */
const OTHERS = ["input", "batch", "dim", "provider", "repeat", "warmup", "seed", "output"];

const COLUMNS: readonly Column<ModelScore>[] = [
  { key: "split", value: (r) => r.split },
  { key: "samples", value: (r) => r.samples },
  {
    key: "accuracy",
    value: (r) => r.accuracy,
    text: (r) => `${(100 * r.accuracy).toFixed(2)} %`,
  },
  { key: "loss", value: (r) => r.loss },
];

export async function runOnData(
  model: string,
  flags: OnDataFlags,
  command: Command,
): Promise<void> {
  const extra = OTHERS.find((name) => command.getOptionValueSource(name) === "cli");
  if (extra !== undefined)
    throw new UserError(`--${extra} has no effect with --data, which gives accuracy and loss`, {
      hint: "leave one of them out",
      exitCode: 2,
    });
  if (!looksLikePath(model) && zooReference(model) !== undefined)
    throw new UserError(`${model} has no trained weights to evaluate`, {
      hint: `train it first: tidemark train ${model} --data ${flags.data} --epochs 5`,
      exitCode: 2,
    });
  const network = openModel(model);
  const dataset = await openWithTalk(flags.data, flags);
  const line = new ProgressLine();
  const began = performance.now();
  let score: ModelScore;
  try {
    line.show(`evaluating ${basename(model)} on ${dataset.name}`);
    score = await modelScore(network, dataset, {
      title: basename(model),
      ...(flags.split !== undefined && { split: flags.split }),
      ...(flags.threads !== undefined && { threads: flags.threads }),
    });
  } finally {
    line.clear();
  }
  if (score.normalization.from === "data")
    say(
      `${basename(model)} does not say how its input is normalised (tidemark.mean, tidemark.std); by mean and deviation of the training samples`,
    );
  say(`evaluated in ${formatDuration(performance.now() - began)}`);
  if (flags.format === "json") {
    const { normalization, ...rest } = score;
    printJson({
      model,
      data: dataset.name,
      ...rest,
      normalization: {
        from: normalization.from,
        mean: [...normalization.mean],
        std: [...normalization.std],
      },
    });
  } else printRows(COLUMNS, [score], flags.format);
}
