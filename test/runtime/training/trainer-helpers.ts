/** A network of some thousand weights that learns the tiny data set in a second or two. */
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { tensorOf } from "../../../src/graph/tensor.ts";
import type { Graph } from "../../../src/graph/types.ts";
import type { Dataset } from "../../../src/runtime/data/index.ts";
import { zooNetworkFor } from "../../../src/runtime/training/zoo-network.ts";

export const SMALL = { depth: 8, channels1: 4, channels2: 8, channels3: 8 };
export const SMALL_REFERENCE = "resnet-cifar:depth=8,channels1=4,channels2=8,channels3=8";

export const smallNetwork = (dataset: Dataset): Graph =>
  zooNetworkFor("resnet-cifar", SMALL, dataset);

/** Logits = x W + b for tables. */
export function linearNetwork(features: number, classes: number): Graph {
  const builder = new GraphBuilder({ name: "linear" });
  const x = builder.input("x", ["batch", features]);
  const zeros = (n: number) => Array.from({ length: n }, () => 0);
  const w = builder.initializer(
    "w",
    tensorOf("float32", [features, classes], zeros(features * classes)),
  );
  const b = builder.initializer("b", tensorOf("float32", [classes], zeros(classes)));
  builder.output(builder.add("Gemm", [x, w, b], {}, { name: "fc" }), ["batch", classes]);
  return builder.build();
}

/** Two clouds of points on either side of a line; the second half of the rows is the test split. */
export function clouds(count: number): Dataset {
  const set = (from: number) => {
    const samples = new Float32Array(2 * count);
    const labels = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const label = i % 2;
      labels[i] = label;
      // Points of a low-discrepancy lattice, apart by their label.
      samples[2 * i] = (((i + from) * 0.618) % 1) + (label === 0 ? -1.2 : 1.2);
      samples[2 * i + 1] = ((i + from) * 0.754) % 1;
    }
    return { samples, shape: [2], count, labels };
  };
  return {
    name: "clouds",
    classes: ["left", "right"],
    train: set(0),
    test: set(count),
    skipped: [],
  };
}
