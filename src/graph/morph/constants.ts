/** Values that are constants: initializers, Constant nodes, and what Identity makes of them. */
import { attributeValue } from "../attribute.ts";
import type { Graph, Tensor } from "../types.ts";

export interface Constants {
  of(value: string): Tensor | undefined;
}

export function constantsOf(graph: Graph): Constants {
  const tensors = new Map(graph.initializers);
  for (const node of graph.nodes) {
    const [output] = node.outputs;
    const [input] = node.inputs;
    if (output === undefined) continue;
    if (node.op === "Constant") {
      const value = attributeValue(node, "value", "tensor");
      if (value !== undefined) tensors.set(output, value);
    } else if (node.op === "Identity" && input !== undefined) {
      const tensor = tensors.get(input);
      if (tensor !== undefined) tensors.set(output, tensor);
    }
  }
  return { of: (value) => tensors.get(value) };
}
