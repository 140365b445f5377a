/** Fully connected layers for tables: linear, batch normalization if wished, ReLU; then the classifier. */
import type { Graph } from "../graph/types.ts";
import { Layers } from "./layers.ts";

export interface MlpOptions {
  /** Columns of the table. Default 16. */
  readonly features?: number;
  readonly classes?: number;
  /** Hidden layers; 0 is multinomial logistic regression. Default 2. */
  readonly depth?: number;
  /** Units of each hidden layer. Default 64. */
  readonly width?: number;
  /** Batch normalization after each hidden linear layer; default false. */
  readonly normalized?: boolean;
  /** Of the initial weights. */
  readonly seed?: number;
}

export function mlp(options: MlpOptions = {}): Graph {
  const { features = 16, classes = 10, depth = 2, width = 64, normalized = false } = options;
  const layers = new Layers("mlp", { seed: options.seed ?? 0, batchNorm: "nodes" });
  let x = layers.features(features);
  for (let i = 1; i <= depth; i++) {
    x = layers.linear(`fc${i}`, x, width);
    if (normalized) x = layers.batchNorm(`bn${i}`, { ...x, channels: width });
    x = layers.activate(`relu${i}`, x);
  }
  return layers.finish(layers.linear("fc", x, classes));
}
