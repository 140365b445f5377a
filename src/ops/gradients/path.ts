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

/** What is differentiated by what, and the values that count as constants. */
export interface GradientEnds {
  readonly loss: string;
  readonly parameters: Iterable<string>;
  readonly stop: Iterable<string>;
}

/** Integers and bools carry no gradient: paths through them end, as they do at a stopped value. */
export function gradientPath(
  graph: Graph,
  { loss, parameters, stop }: GradientEnds,
  types: ReadonlyMap<string, ValueType>,
): GradientPath {
  const stopped = new Set(stop);
  const depends = new Set([...parameters].filter((name) => !stopped.has(name)));
  for (const node of graph.nodes) {
    let any = false;
    for (const name of reads(node)) any ||= depends.has(name);
    if (!any) continue;
    for (const output of node.outputs)
      if (output !== "" && !stopped.has(output) && isFloat(types.get(output)!.dtype))
        depends.add(output);
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
