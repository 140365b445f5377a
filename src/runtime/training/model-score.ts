/** Loss and accuracy of a network as it is, e.g. of an ONNX file, on a split of a data set. */
import { z } from "zod";
import { UserError } from "../../base/errors.ts";
import type { Graph } from "../../graph/types.ts";
import {
  type Dataset,
  type Normalization,
  normalizationOf,
  SPLITS,
  type Split,
  wholeSet,
} from "../data/index.ts";
import { nodeEngine } from "../node-engine.ts";
import { fitNetwork } from "./trainer-network.ts";
import { type Score, scoreOf } from "./trainer-score.ts";

export interface ModelScore extends Score {
  readonly split: Split;
  readonly samples: number;
  readonly normalization: Normalization & {
    /** `model`: as the file's metadata say; `data`: of the data's training samples. */
    readonly from: "model" | "data";
  };
}

export interface ModelScoreOptions {
  /** Default: test. */
  readonly split?: Split;
  readonly threads?: number;
  /** What messages call the network. Default: its own name. */
  readonly title?: string;
}

/**
 * Inputs are normalised as the metadata `tidemark.mean` and `tidemark.std` say; where there are none,
 * by mean and standard deviation of the data's training samples.
 *
 * @throws UserError where there is no such split, or network and data do not fit
 */
export async function modelScore(
  network: Graph,
  dataset: Dataset,
  { split = "test", threads, title = network.name }: ModelScoreOptions = {},
): Promise<ModelScore> {
  const set = dataset[split];
  if (set === undefined) {
    const there = SPLITS.filter((each) => dataset[each] !== undefined);
    throw new UserError(`${dataset.name} has no ${split} split`, {
      hint: `choose ${there.map((each) => `--split ${each}`).join(" or ")}`,
      exitCode: 2,
    });
  }
  const fitted = fitNetwork({ ...network, name: title }, dataset);
  checkClasses(network, dataset, title);
  const own = ownNormalization(network, dataset.train.shape[0]!, title);
  const normalization = own ?? normalizationOf(wholeSet(dataset.train));
  const score = await scoreOf(fitted, wholeSet(set), {
    normalization,
    engine: nodeEngine,
    ...(threads !== undefined && { threads }),
  });
  const from = own === undefined ? "data" : "model";
  return { split, samples: set.count, ...score, normalization: { ...normalization, from } };
}

/**
 * How the network's inputs are normalised: as its metadata say, else as the data's training samples are.
 *
 * @throws UserError where the network was trained on other classes
 */
export function normalizationFor(network: Graph, dataset: Dataset, title: string): Normalization {
  checkClasses(network, dataset, title);
  const own = ownNormalization(network, dataset.train.shape[0]!, title);
  return own ?? normalizationOf(wholeSet(dataset.train));
}

/** Labels are indices: they mean the same only where the classes are the same, in the same order. */
function checkClasses({ metadata }: Graph, { name, classes }: Dataset, title: string): void {
  const own = parsed(metadata["tidemark.classes"], z.array(z.string()), "tidemark.classes", title);
  if (own === undefined) return;
  const count = Math.max(own.length, classes.length);
  const at = Array.from({ length: count }, (_, i) => i).find((i) => own[i] !== classes[i]);
  if (at === undefined) return;
  throw new UserError(
    `${title} was trained on other classes: its class ${at} is ${own[at] ?? "absent"}, that of ${name} ${classes[at] ?? "absent"}`,
    { hint: "give data with the classes that it was trained on, in their order", exitCode: 2 },
  );
}

function ownNormalization(
  { metadata }: Graph,
  channels: number,
  title: string,
): Normalization | undefined {
  const numbers = z.array(z.number()).length(channels);
  const mean = parsed(metadata["tidemark.mean"], numbers, "tidemark.mean", title);
  const deviations = z.array(z.number().positive()).length(channels);
  const std = parsed(metadata["tidemark.std"], deviations, "tidemark.std", title);
  return mean === undefined || std === undefined ? undefined : { mean, std };
}

function parsed<T>(
  text: string | undefined,
  schema: z.ZodType<T>,
  key: string,
  title: string,
): T | undefined {
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new UserError(
    `${title}: its metadata ${key} is ${text.slice(0, 80)}: ${result.error.issues[0]!.message}`,
    { hint: "correct the file's metadata" },
  );
}
