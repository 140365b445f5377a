/** A dynamic network from a file, with the data it is asked about. */
import { basename } from "node:path";
import { UserError } from "../../../base/errors.ts";
import { classifier } from "../../../dynamic/classifier.ts";
import { type DynamicNetwork, dynamicNetwork } from "../../../dynamic/plan.ts";
import type { Graph } from "../../../graph/types.ts";
import { openOnnx } from "../../../onnx/index.ts";
import {
  type Dataset,
  holdOut,
  type Normalization,
  type SampleView,
  wholeSet,
} from "../../../runtime/data/index.ts";
import { normalizationFor } from "../../../runtime/training/model-score.ts";
import { fitNetwork } from "../../../runtime/training/trainer-network.ts";
import { warn } from "../../talk.ts";

/** @throws UserError where the file is no dynamic network */
export function openDynamic(path: string): DynamicNetwork {
  const { graph, warnings } = openOnnx(path);
  for (const text of warnings) warn(text);
  return dynamicNetwork(graph, basename(path));
}

/** The dense network that a dynamic one is compared with. */
export function openDense(path: string): Graph {
  const { graph, warnings } = openOnnx(path);
  for (const text of warnings) warn(text);
  return classifier({ ...graph, name: basename(path) });
}

export interface Fitted {
  readonly network: DynamicNetwork;
  readonly normalization: Normalization;
}

/** @throws UserError where samples are not what the network takes, naming both */
export function fitted(network: DynamicNetwork, dataset: Dataset, title: string): Fitted {
  const { graph, plan } = network;
  const fit = fitNetwork({ ...graph, name: title, outputs: [graph.outputs[0]!] }, dataset);
  const outputs = graph.outputs.map((output) => ({ ...output, shape: undefined }));
  return {
    network: { graph: { ...fit, outputs }, plan },
    normalization: normalizationFor(graph, dataset, title),
  };
}

/**
 * The dense network on the data that the dynamic one is asked about.
 *
 * @param other normalization of the dynamic network, for a dense one that does not say its own
 * @throws UserError where samples or classes are not what it takes and tells apart
 */
export function fittedDense(
  graph: Graph,
  dataset: Dataset,
  other: Normalization,
): { readonly graph: Graph; readonly normalization: Normalization } {
  const fit = fitNetwork({ ...graph, outputs: [graph.outputs[0]!] }, dataset);
  const own = normalizationFor(graph, dataset, graph.name);
  const says = Object.hasOwn(graph.metadata, "tidemark.mean");
  return { graph: fit, normalization: says ? own : other };
}

/** What a training held back, as the file says or the flags do. */
export function heldOut(
  graph: Graph,
  dataset: Dataset,
  flags: { readonly validation?: number; readonly seed?: number },
): { readonly view: SampleView; readonly what: string } {
  if (dataset.validation !== undefined)
    return { view: wholeSet(dataset.validation), what: "the validation split" };
  const kept = splitOf(graph);
  const validation = flags.validation ?? kept?.validation;
  if (validation === undefined || validation <= 0)
    throw new UserError(
      `${dataset.name} has no validation split, and the network does not say what its training held back`,
      {
        hint: "name what no weight has seen: --validation 0.1 --seed N as in its training",
        exitCode: 2,
      },
    );
  const seed = flags.seed ?? kept?.seed ?? 0;
  const { held } = holdOut(
    wholeSet(dataset.train),
    dataset.classes,
    validation,
    seed,
    "validation",
  );
  return { view: held, what: `${held.indices.length} training samples held back (seed ${seed})` };
}

function splitOf({ metadata }: Graph): { validation: number; seed: number } | undefined {
  try {
    const { validation, seed } = JSON.parse(metadata["tidemark.split"] ?? "");
    return typeof validation === "number" && typeof seed === "number"
      ? { validation, seed }
      : undefined;
  } catch {
    return undefined;
  }
}
