/** Which nodes lie between the parameters and the loss. */
import { reads } from "../../graph/check.ts";
import type { Graph, Node, ValueType } from "../../graph/types.ts";
import { isFloat } from "../elements.ts";

export interface GradientPath {
  /** Floating-point values that depend on a parameter and that the loss depends on. */
  readonly values: ReadonlySet<string>;
  /** Nodes that compute one of them, in order. */
  readonly nodes: readonly Node[];
}

/** Integers and bools carry no gradient: paths through them end. */
export function gradientPath(
  graph: Graph,
  loss: string,
  parameters: Iterable<string>,
  types: ReadonlyMap<string, ValueType>,
): GradientPath {
  const depends = new Set(parameters);
  for (const node of graph.nodes) {
    let any = false;
    for (const name of reads(node)) any ||= depends.has(name);
    if (!any) continue;
    for (const output of node.outputs)
      if (output !== "" && isFloat(types.get(output)!.dtype)) depends.add(output);
  }
  const values = new Set<string>();
  if (depends.has(loss)) values.add(loss);
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => values.has(output))) continue;
    let any = false;
    for (const name of reads(node)) {
      if (!depends.has(name)) continue;
      values.add(name);
      any = true;
    }
    if (any) nodes.push(node);
  }
  return { values, nodes: nodes.reverse() };
}
