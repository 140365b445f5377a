/** Computes what several proxies need, once. */
import { UserError } from "../../base/errors.ts";
import { removeDead } from "../../graph/edit.ts";
import { typedView } from "../../graph/tensor.ts";
import type { Graph } from "../../graph/types.ts";
import { gradients } from "../../ops/gradients/index.ts";
import { nodeEngine } from "../node-engine.ts";
import { withOwnWeights } from "../own-weights.ts";
import { Formula } from "../training/formula.ts";
import { crossEntropy } from "../training/loss.ts";
import { trainingNetwork, withOwnStatistics } from "../training/network.ts";
import { builderFor, replay } from "../training/replay.ts";
import type { DenseTensor, SessionOptions } from "../types.ts";
import { freshWeights, layerWeights } from "./initial-weights.ts";
import type { ProxyBatch, ProxyContext, ProxyOptions } from "./types.ts";

const LABELS = "proxy/labels";

/** @throws UserError where the network is no classifier of such images, or the batch is malformed */
export function proxyContext(given: Graph, options: ProxyOptions): ProxyContext {
  const { batch, seed = 0, weights = "fresh", threads, engine = nodeEngine } = options;
  checkBatch(batch);
  const network = withOwnWeights(given);
  const graph = weights === "fresh" ? freshWeights(network, seed) : network;
  const sessionOptions: SessionOptions = {
    optimize: "none",
    ...(threads === undefined ? {} : { threads }),
  };
  const run: ProxyContext["run"] = async (each, feeds, outputs) => {
    const wanted = each.outputs.filter((o) => outputs.includes(o.name));
    const session = await engine.open(removeDead({ ...each, outputs: wanted }), sessionOptions);
    try {
      return await session.run(feeds);
    } finally {
      await session.release();
    }
  };
  let lossGradients: ReturnType<ProxyContext["lossGradients"]> | undefined;
  const context: ProxyContext = {
    network,
    graph,
    weights: new Map(layerWeights(graph).map((name) => [name, floats(graph, name)])),
    batch,
    run,
    lossGradients: () => {
      lossGradients ??= gradientsOfLoss(context);
      return lossGradients;
    },
  };
  return context;
}

async function gradientsOfLoss(context: ProxyContext): Promise<ReadonlyMap<string, Float32Array>> {
  const { weights, batch, run } = context;
  const { graph, images, logits, classes } = trainingForm(context);
  checkLabels(batch, classes);
  const names = [...weights.keys()];
  if (names.length === 0)
    throw new UserError(`${graph.name}: no convolution and no linear layer has weights`, {
      hint: "give a network with weights",
    });
  const { graph: scored, loss } = withLoss(graph, batch.labels.dims[0]!, (v) =>
    crossEntropy(v, { logits, labels: LABELS, form: "indices", classes, smoothing: 0 }),
  );
  const found = gradients(scored, loss, names);
  const outputs = names.map((name) => found.gradients.get(name)!);
  const got = await run(found.graph, { [images]: batch.images, [LABELS]: batch.labels }, outputs);
  return new Map(names.map((name, i) => [name, got[outputs[i]!]!.data as Float32Array]));
}

/** With the batch's own statistics in each BatchNormalization, as in the first step of training. */
export function trainingForm({ graph, batch }: Pick<ProxyContext, "graph" | "batch">) {
  return trainingNetwork(withOwnStatistics(graph), batch.images.dims[0]!);
}

/** The graph with nodes behind it that end in a loss; labels, if any, are an input [batch]. */
export function withLoss(
  graph: Graph,
  labels: number | undefined,
  loss: (v: Formula) => string,
): { readonly graph: Graph; readonly loss: string } {
  const builder = builderFor(graph);
  for (const { name, shape, dtype } of graph.inputs) builder.input(name, shape, dtype);
  if (labels !== undefined) builder.input(LABELS, [labels], "int64");
  for (const [name, tensor] of graph.initializers) builder.initializer(name, tensor);
  replay(builder, graph);
  const name = loss(new Formula(builder).scoped("proxy"));
  builder.output(name, []);
  return { graph: builder.build(), loss: name };
}

export function floats(graph: Graph, name: string): Float32Array {
  return typedView(graph.initializers.get(name)!) as Float32Array;
}

function checkBatch({ images, labels }: ProxyBatch): void {
  const count = images.dims[0] ?? 0;
  if (images.dtype !== "float32" || count < 2)
    throw new UserError(
      `a batch of ${images.dtype} [${images.dims.join(", ")}], expected float32 [batch, …] with at least 2 samples`,
      { hint: "give a batch of normalised samples" },
    );
  if (labels.dtype !== "int64" || labels.dims.length !== 1 || labels.dims[0] !== count)
    throw new UserError(
      `labels of ${labels.dtype} [${labels.dims.join(", ")}], expected int64 [${count}]`,
      { hint: "give one class index for each sample" },
    );
}

function checkLabels({ labels }: ProxyBatch, classes: number): void {
  const wrong = (labels.data as BigInt64Array).find((l) => l < 0n || l >= BigInt(classes));
  if (wrong !== undefined)
    throw new UserError(`label ${wrong} is none of the network's ${classes} classes`, {
      hint: "build the network with as many classes as the data set has",
    });
}

/** A feed of one value. */
export function filled(dims: readonly number[], value: number): DenseTensor {
  const data = new Float32Array(dims.reduce((n, d) => n * d, 1)).fill(value);
  return { dtype: "float32", dims, data };
}
