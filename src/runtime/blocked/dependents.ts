/** What is computed from a graph's inputs, and not from constants alone. */
import { reads } from "../../graph/check.ts";
import type { Graph } from "../../graph/types.ts";

/**
 * Values that differ from run to run. Weights that nodes make of constants (Constant, Cast,
 * DequantizeLinear) are none: ONNX Runtime computes them once.
 */
export function dependents(graph: Graph): ReadonlySet<string> {
  const found = new Set(graph.inputs.map((value) => value.name));
  for (const node of graph.nodes) {
    let depends = false;
    for (const name of reads(node)) depends ||= found.has(name);
    if (depends) for (const name of node.outputs) found.add(name);
  }
  return found;
}
