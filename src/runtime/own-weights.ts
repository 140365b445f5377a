/** Exporters store equal tensors once; a network that is drawn or trained anew needs each its own. */
import type { Graph } from "../graph/types.ts";

/**
 * Copies of initializers (`Identity` of one, as PyTorch writes them for tensors that were equal when
 * it exported) become initializers themselves, under the names that their readers know.
 */
export function withOwnWeights(graph: Graph): Graph {
  const initializers = new Map(graph.initializers);
  const outputs = new Set(graph.outputs.map((o) => o.name));
  const nodes = graph.nodes.filter(({ op, domain, inputs, outputs: [copy] }) => {
    const tensor = initializers.get(inputs[0] ?? "");
    const isOwn = domain === "" || domain === "ai.onnx";
    if (op !== "Identity" || !isOwn || tensor === undefined || outputs.has(copy!)) return true;
    initializers.set(copy!, tensor);
    return false;
  });
  return nodes.length === graph.nodes.length ? graph : { ...graph, nodes, initializers };
}
