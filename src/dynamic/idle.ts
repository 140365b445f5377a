/**
 * Convolutions that add nothing: their weights are zero and their result is one side of a sum. Such is what
 * joins a coarse network to the full one as long as it is not trained (`dynamic train --only`). At batch 1
 * it costs about a hundredth of a small network's time, and the features it reads need not be moved on.
 */
import { indexGraph, removeDead, replaceValue } from "../graph/edit.ts";
import { numbers } from "../graph/tensor.ts";
import type { Graph, Node, ValueType } from "../graph/types.ts";

/** A sum that is one of its sides. */
export interface IdleSum {
  readonly conv: Node;
  readonly sum: Node;
  /** The side that the sum is. */
  readonly same: string;
}

/**
 * @param types sums of unknown shapes are left alone: one side might stretch the other
 */
export function idleSums(graph: Graph, types: ReadonlyMap<string, ValueType>): readonly IdleSum[] {
  const index = indexGraph(graph);
  const shapeOf = (name: string) => types.get(name)?.shape?.join();
  return graph.nodes.flatMap((sum): IdleSum[] => {
    const [result] = sum.outputs as [string];
    if (sum.op !== "Add" || index.isOutput(result)) return [];
    for (const [side, same] of [sum.inputs, sum.inputs.toReversed()] as [string, string][]) {
      const conv = index.producer(side);
      if (conv === undefined || !isZero(graph, conv) || index.isOutput(side)) continue;
      const shape = shapeOf(result);
      if (shape === undefined || shapeOf(same) !== shape) continue;
      if (index.consumers(side).length === 1) return [{ conv, sum, same }];
    }
    return [];
  });
}

/** The graph without them. Its values are the same where what they read is finite. */
export function withoutIdle(graph: Graph, types: ReadonlyMap<string, ValueType>): Graph {
  // One at a time: a side that stays may be such a sum itself.
  const [first] = idleSums(graph, types);
  if (first === undefined) return graph;
  const [result] = first.sum.outputs as [string];
  const rest = { ...graph, nodes: graph.nodes.filter((node) => node.name !== first.sum.name) };
  return withoutIdle(removeDead(replaceValue(rest, result, first.same)), types);
}

function isZero(graph: Graph, { op, domain, inputs }: Node): boolean {
  if (op !== "Conv" || domain !== "") return false;
  return inputs.slice(1).every((name) => {
    const tensor = graph.initializers.get(name);
    if (tensor === undefined) return name === "";
    const values = numbers(tensor);
    for (let i = 0; i < values.length; i++) if (values[i] !== 0) return false;
    return true;
  });
}
