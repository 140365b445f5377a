import { canonicalDim } from "../../graph/dim.ts";
import { removeDead, replaceNodes } from "../../graph/edit.ts";
import { float32s } from "../../graph/tensor.ts";
import type { Graph, Tensor } from "../../graph/types.ts";
import { gradients } from "../../ops/gradients/index.ts";
import { logitsOf, soleInput } from "../training/classifier.ts";
import { filled, floats } from "./context.ts";
import { layerInputs } from "./initial-weights.ts";
import { scaledFlow } from "./scaled-flow.ts";
import type { ZeroCostProxy } from "./types.ts";

export const synflow: ZeroCostProxy = {
  name: "synflow",
  description:
    "log(1 + S), S the sum over weights of weight x gradient, all weights positive, input of ones",
  source:
    "Tanaka et al. 2020, SynFlow; without BatchNormalization as in Abdelfattah et al. 2021; the logarithm as in NAS-Bench-Suite-Zero, since S passes 1e38",
  async score(context) {
    const graph = linearized(context.graph);
    const input = soleInput(graph);
    const shape = [1, ...input.shape.slice(1).map((d) => canonicalDim(d) as number)];
    const flow = scaledFlow({
      ...graph,
      inputs: [{ ...input, shape }],
      outputs: [{ name: logitsOf(graph), dtype: "float32", shape: undefined }],
      declared: new Map(),
    });
    const found = gradients(flow.graph, flow.loss, [...flow.weights.keys()]);
    const outputs = [...found.gradients.values()];
    const got = await context.run(found.graph, { [input.name]: filled(shape, 1) }, outputs);
    let sum = 0;
    for (const [name, weight] of flow.weights) {
      const gradient = got[found.gradients.get(name)!]!.data as Float32Array;
      for (let i = 0; i < weight.length; i++) sum += Math.abs(weight[i]! * gradient[i]!);
    }
    return logOnePlus(sum, flow.exponent * Math.LN2);
  },
};

/** Layers with the absolute values of their weights and biases, and nothing that normalises. */
function linearized(graph: Graph): Graph {
  const plain = removeDead(
    replaceNodes(graph, ({ op, domain, name, inputs, outputs }) => {
      if (op !== "BatchNormalization" || domain !== "") return undefined;
      const [x, y] = [inputs[0]!, outputs[0]!];
      return [{ name, op: "Identity", domain, inputs: [x], outputs: [y], attributes: {} }];
    }),
  );
  const positive = new Map<string, Tensor>();
  for (const node of plain.nodes) {
    const layer = layerInputs(plain, node);
    for (const name of [layer?.weight, layer?.bias]) {
      const tensor = plain.initializers.get(name ?? "");
      if (tensor?.dtype === "float32")
        positive.set(name!, float32s(floats(plain, name!).map(Math.abs), tensor.dims));
    }
  }
  return { ...plain, initializers: new Map([...plain.initializers, ...positive]) };
}

/** log(1 + sum e^shift). */
function logOnePlus(sum: number, shift: number): number {
  if (sum === 0) return 0;
  const log = Math.log(sum) + shift;
  return log > 50 ? log : Math.log1p(Math.exp(log));
}
