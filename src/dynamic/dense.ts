/** Operators that no mechanism leaves out by position or block: they stay dense, and are counted. */
import type { Graph } from "../graph/types.ts";

/** What stands in runs of layers that can be computed block by block. */
const HANDLED: readonly string[] = [
  "Conv",
  "BatchNormalization",
  "Relu",
  "LeakyRelu",
  "Clip",
  "Sigmoid",
  "HardSigmoid",
  "HardSwish",
  "Add",
  "Mul",
  "MaxPool",
  "AveragePool",
  "GlobalAveragePool",
  "Flatten",
  "Reshape",
  "Gemm",
  "MatMul",
  "Identity",
  "Constant",
  "Softmax",
  "LogSoftmax",
  "Dropout",
];

/** Number of nodes of each other operator. */
export function denseOperators(graph: Graph): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const node of graph.nodes) {
    if (node.domain === "" && HANDLED.includes(node.op)) continue;
    const name = node.domain === "" ? node.op : `${node.domain}.${node.op}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
