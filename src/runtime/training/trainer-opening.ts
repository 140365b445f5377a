/** What a training is made from: its data, its network and its trainer, as a request names them. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename } from "node:path";
import type { Graph } from "../../graph/types.ts";
import { openOnnx } from "../../onnx/index.ts";
import { looksLikePath, unknownModel, zooReference } from "../../zoo/reference.ts";
import { type Dataset, datasetHash, openDataset, type ReadProgress } from "../data/index.ts";
import { graphHash } from "../graph-hash.ts";
import { type FormOf, makerFor } from "./form-maker.ts";
import type { TrainingRecord } from "./record.ts";
import { Trainer } from "./trainer.ts";
import type { TrainingRequest } from "./trainer-request.ts";
import { zooNetworkFor } from "./zoo-network.ts";

/** Network, data and form, as the record names them. */
export type About = Pick<TrainingRecord, "network" | "data" | "form">;

export interface Opened {
  readonly trainer: Trainer;
  /** Of the network, for messages. */
  readonly title: string;
  readonly about: About;
  /** Equal for trainings that pass through the same weights. */
  readonly identity: string;
  readonly warnings: readonly string[];
}

/**
 * @param formOf makes the form that a request asks for
 * @param tell how far the reading of the data is
 * @throws UserError where network, data, recipe and form do not fit
 */
export async function openTraining(
  request: TrainingRequest,
  formOf?: FormOf,
  tell?: (progress: ReadProgress) => void,
): Promise<Opened> {
  const maker = makerFor(request.form, formOf);
  const dataset = await openDataset(request.data, {
    ...request.read,
    ...(tell && { onProgress: tell }),
  });
  const { network, title, warnings } = openNetwork(request.model, dataset);
  const { weights, threads } = request;
  const trainer = await Trainer.open(network, dataset, request.recipe, {
    weights,
    title,
    ...(threads !== undefined && { threads }),
    ...(maker && {
      form: maker.form,
      ...(maker.evaluation && { evaluation: maker.evaluation }),
      ...(maker.exits && { exits: maker.exits }),
    }),
  });
  const { mean, std } = trainer.normalization;
  const about: About = {
    network: {
      name: network.name,
      reference: request.model,
      hash: graphHash(network),
      parameters: trainer.parameterCount,
      weights,
    },
    data: {
      name: dataset.name,
      reference: request.data,
      sha256: datasetHash(dataset),
      classes: [...dataset.classes],
      shape: [...dataset.train.shape],
      counts: trainer.counts as TrainingRecord["data"]["counts"],
      skipped: dataset.skipped.length,
      mean: [...mean],
      std: [...std],
    },
    ...(request.form && maker && { form: { ...request.form, id: maker.formId } }),
  };
  if (dataset.validation !== undefined && request.recipe.validation > 0)
    warnings.push(
      `${dataset.name} has a validation split of its own; none is held back (--validation ${request.recipe.validation})`,
    );
  if (dataset.skipped.length > 0)
    warnings.push(
      `${dataset.name}: ${dataset.skipped.length} left out; \`tidemark data ${request.data}\` names them`,
    );
  warnings.push(...(dataset.notes ?? []));
  return { trainer, title, about, identity: identityOf(request, about), warnings };
}

function identityOf({ weights, recipe }: TrainingRequest, { network, data, form }: About): string {
  const parts = {
    network: network.hash,
    weights,
    data: data.sha256,
    recipe: Object.entries(recipe)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
    ...(form && { form: form.id }),
  };
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** @returns the network and what messages call it: the file, or the network of the zoo */
function openNetwork(
  model: string,
  dataset: Dataset,
): { readonly network: Graph; readonly title: string; readonly warnings: string[] } {
  const isPath = looksLikePath(model) || existsSync(model);
  const zoo = isPath ? undefined : zooReference(model);
  if (zoo !== undefined) {
    const network = zooNetworkFor(zoo.name, zoo.values, dataset);
    return { network, title: network.name, warnings: [] };
  }
  if (!existsSync(model)) throw unknownModel(model);
  const { graph, warnings } = openOnnx(model);
  return { network: graph, title: basename(model), warnings: [...warnings] };
}
