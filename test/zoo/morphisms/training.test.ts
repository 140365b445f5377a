/** What an inserted normalization does where batches normalise themselves. */
import { expect, test } from "vitest";
import { stream } from "../../../src/base/rng.ts";
import { int } from "../../../src/graph/attribute.ts";
import { float32s } from "../../../src/graph/tensor.ts";
import type { Graph } from "../../../src/graph/types.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";
import { applySteps, parseSteps } from "../../../src/zoo/morphisms/steps.ts";
import { difference, outputsOf } from "./helpers.ts";

/** Every batch normalization with the statistics of its batch. */
function inTraining(graph: Graph): Graph {
  return {
    ...graph,
    nodes: graph.nodes.map((node) =>
      node.op === "BatchNormalization"
        ? {
            ...node,
            outputs: [node.outputs[0]!, `${node.name}/mean`, `${node.name}/variance`],
            attributes: { ...node.attributes, training_mode: int(1) },
          }
        : node,
    ),
  };
}

/** Scales and shifts as training leaves them. */
function scaled(graph: Graph): Graph {
  const rng = stream(1, "test/scaled");
  const initializers = new Map(graph.initializers);
  for (const [name, { dims }] of graph.initializers)
    if (/\.(bn\d|downsample\.1|bn)\.(weight|bias)$|^bn1\.(weight|bias)$/.test(name)) {
      const weight = name.endsWith("weight");
      const values = Float32Array.from({ length: dims[0]! }, () =>
        weight ? 0.5 + rng.float() : 0.5 * rng.normal(),
      );
      initializers.set(name, float32s(values));
    }
  return { ...graph, initializers };
}

test("deepening changes little in training, far less than statistics of 0 and 1 would", async () => {
  const graph = scaled(buildNetwork("resnet-cifar", { depth: 8, resolution: 16 }));
  const before = await outputsOf(inTraining(graph), 32);
  for (const place of ["relu", "layer1.0.relu1", "layer2.0.relu"]) {
    const child = applySteps(graph, parseSteps(`deepen ${place} kernel=3`), 1);
    const change = difference(before, await outputsOf(inTraining(child), 32));
    const initializers = new Map(child.initializers);
    for (const [name, { dims }] of child.initializers)
      if (name.startsWith(`${place}.deepen.bn.`))
        initializers.set(
          name,
          float32s(new Float32Array(dims[0]!).fill(/weight|var/.test(name) ? 1 : 0)),
        );
    const plain = { ...child, initializers };
    const plainChange = difference(before, await outputsOf(inTraining(plain), 32));
    expect(change).toBeLessThan(0.1);
    expect(plainChange).toBeGreaterThan(4 * change);
  }
});
