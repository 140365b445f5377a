/** Residual blocks with an identity shortcut: y = f(x + F(x)), x and y cuts of the trunk. */

import { indexGraph } from "../graph/edit.ts";
import type { Graph } from "../graph/types.ts";
import type { Cut, Stage } from "./trunk.ts";

export interface Residual {
  readonly stage: number;
  /** x. */
  readonly from: Cut;
  /** F(x), one operand of the sum. */
  readonly branch: string;
  /** Of F, in order. */
  readonly nodes: readonly string[];
  /** Name of the node that adds. */
  readonly sum: string;
}

export function residualsOf(graph: Graph, stages: readonly Stage[]): readonly Residual[] {
  const index = indexGraph(graph);
  const out: Residual[] = [];
  for (const stage of stages)
    for (const from of stage.cuts)
      for (const sum of index.consumers(from.value)) {
        if (sum.op !== "Add" || sum.domain !== "" || sum.inputs.length !== 2) continue;
        const branch = sum.inputs.find((name) => name !== from.value);
        if (branch === undefined || sum.inputs.filter((name) => name === from.value).length !== 1)
          continue;
        const nodes = between(graph, from.value, branch);
        if (nodes !== undefined && nodes.length > 0)
          out.push({ stage: stage.number, from, branch, nodes, sum: sum.name });
      }
  return out;
}

/** Names of the nodes from one value to another, where they read nothing else but constants. */
export function between(graph: Graph, from: string, to: string): readonly string[] | undefined {
  const index = indexGraph(graph);
  const names = new Set<string>();
  const open = [to];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (value === from || value === "" || graph.initializers.has(value)) continue;
    const node = index.producer(value);
    if (node === undefined) return undefined;
    // A Constant is read where it stands.
    if (names.has(node.name) || node.inputs.length === 0) continue;
    names.add(node.name);
    open.push(...node.inputs);
  }
  const ordered = graph.nodes.filter((node) => names.has(node.name));
  const own = new Set(ordered.flatMap((node) => node.outputs));
  // What is computed in between may be read in between only, or leaving it out would take it away.
  for (const value of own)
    if (
      value !== to &&
      (index.isOutput(value) || index.consumers(value).some((n) => !names.has(n.name)))
    )
      return undefined;
  return ordered.map((node) => node.name);
}
