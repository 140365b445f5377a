/**
 * Puts a graph whose convolutions have computed weights, such as a training step, into the blocked
 * layout of ONNX Runtime's CPU kernels. ONNX Runtime does so by itself for constant weights only.
 */
import type { Graph } from "../../graph/types.ts";
import { dependents } from "./dependents.ts";
import { NCHWC, Rewriter } from "./rewriter.ts";
import { RULES } from "./rules/index.ts";

export { blockSize } from "./block-size.ts";
export { NCHWC };

/** Whether the graph has convolutions that ONNX Runtime would leave in the plain layout. */
export function hasComputedKernels(graph: Graph): boolean {
  const fed = dependents(graph);
  return graph.nodes.some(
    ({ op, domain, inputs }) => op === "Conv" && domain === "" && fed.has(inputs[1] ?? ""),
  );
}

/**
 * The same function, computed on blocks of channels where that is faster: convolutions, what works
 * element by element around them, normalisation, and the gradients of all of these. Its nodes are
 * ONNX Runtime's own; a graph to be saved stays as it is.
 *
 * @param block channels in a block, of this processor (`blockSize`)
 */
export function blockedLayout(graph: Graph, block: number): Graph {
  const w = new Rewriter(graph, block);
  for (const node of graph.nodes) {
    w.scope = node.name;
    const rule = node.domain === "" ? RULES[node.op] : undefined;
    if (rule?.(node, w) !== true) w.keep(node);
  }
  return w.finish();
}
