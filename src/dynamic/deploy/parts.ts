/** The nodes between exits. */
import type { Graph, Node } from "../../graph/types.ts";
import { onTheWay } from "../trunk.ts";

/** Nodes that one more classifier needs beyond those before it. */
export interface Part {
  readonly logits: string;
  readonly nodes: readonly Node[];
}

/** @param logits of the classifiers in the order in which they are reached */
export function partsOf(graph: Graph, logits: readonly string[]): readonly Part[] {
  const done = new Set<string>();
  return logits.map((value) => {
    const nodes = onTheWay(graph, value).filter((node) => !done.has(node.name));
    for (const node of nodes) done.add(node.name);
    return { logits: value, nodes };
  });
}
