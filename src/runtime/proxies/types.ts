/** Zero-cost proxies: scores of an untrained network that go with the accuracy it will have. */
import type { Graph } from "../../graph/types.ts";
import type { DenseTensor, Engine } from "../types.ts";

/** One batch of a data set. */
export interface ProxyBatch {
  /** float32 [batch, ...sample], normalised as for training. */
  readonly images: DenseTensor;
  /** int64 [batch], class indices. */
  readonly labels: DenseTensor;
}

/** What the proxies of one network share; each part is computed when first asked for. */
export interface ProxyContext {
  /** As given, in inference form, each node with weights of its own. */
  readonly network: Graph;
  /** With the weights that are scored, in inference form. */
  readonly graph: Graph;
  /** Weights of convolutions and linear layers, by name. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly batch: ProxyBatch;
  /** d loss / d weight, of the mean cross-entropy of the batch, for each of `weights`. */
  lossGradients(): Promise<ReadonlyMap<string, Float32Array>>;
  /** Opens a graph for one run, and frees it. */
  readonly run: (
    graph: Graph,
    feeds: Readonly<Record<string, DenseTensor>>,
    outputs: readonly string[],
  ) => Promise<Record<string, DenseTensor>>;
}

export interface ZeroCostProxy {
  readonly name: string;
  readonly description: string;
  /** Where the definition is from. */
  readonly source: string;
  /** More is better for all of them; a network that says nothing has the lowest score there is. */
  score(context: ProxyContext): Promise<number>;
}

export interface ProxyOptions {
  readonly batch: ProxyBatch;
  /** Of the weights. Default 0. */
  readonly seed?: number;
  /**
   * `fresh` (default): drawn by seed as PyTorch draws a new layer's; `given`: those of the network.
   */
  readonly weights?: "fresh" | "given";
  readonly threads?: number;
  /** Default: ONNX Runtime in this process. */
  readonly engine?: Engine;
}
