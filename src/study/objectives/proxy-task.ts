/** Scores one network by a zero-cost proxy; runs in a child process. */
import { stream } from "../../base/rng.ts";
import { elementCount } from "../../graph/tensor.ts";
import type { Graph } from "../../graph/types.ts";
import { readOnnx } from "../../onnx/index.ts";
import { Batches, normalizationOf, wholeSet } from "../../runtime/data/index.ts";
import { type ProxyBatch, proxyScores } from "../../runtime/proxies/index.ts";
import { fitNetwork } from "../../runtime/training/trainer-network.ts";
import { type Outcome, outcomeOf } from "./accuracy-children.ts";
import { type DataReference, datasetAgain } from "./accuracy-data.ts";
import { noiseDims } from "./accuracy-reference.ts";

export interface ProxyInput {
  /** ONNX. */
  readonly network: Uint8Array;
  readonly proxy: string;
  /** Absent: noise, for proxies that look at no sample. */
  readonly data?: string | undefined;
  readonly read: DataReference["read"];
  readonly channels?: 1 | 3 | undefined;
  readonly batch: number;
  readonly seed: number;
  readonly threads: number;
}

export function scoreDesign(input: ProxyInput): Promise<Outcome<number>> {
  return outcomeOf(() => score(input));
}

async function score(input: ProxyInput): Promise<number> {
  const { graph } = readOnnx(input.network, { name: "design" });
  const { network, batch } = await fed(graph, input);
  const scores = await proxyScores(network, [input.proxy], {
    batch,
    seed: input.seed,
    threads: input.threads,
  });
  return scores[input.proxy]!;
}

async function fed(
  graph: Graph,
  { data, read, channels, batch: size, seed }: ProxyInput,
): Promise<{ readonly network: Graph; readonly batch: ProxyBatch }> {
  if (data === undefined) return { network: graph, batch: noise(graph, size, seed) };
  const dataset = await datasetAgain({ data, read, channels });
  const network = fitNetwork(graph, dataset);
  const view = wholeSet(dataset.train);
  const batches = new Batches(view, {
    batch: Math.min(size, view.indices.length),
    normalization: normalizationOf(view),
    shuffleSeed: seed,
  });
  return { network, batch: batches.fill(0, 0) };
}

function noise(graph: Graph, size: number, seed: number): ProxyBatch {
  const dims = noiseDims(graph, size);
  const rng = stream(seed, "proxy/noise");
  const images = Float32Array.from({ length: elementCount(dims) }, () => rng.normal());
  return {
    images: { dtype: "float32", dims, data: images },
    labels: { dtype: "int64", dims: [size], data: new BigInt64Array(size) },
  };
}
