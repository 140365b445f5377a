/** Nodes inside the graphs that a node carries (If, Loop, Scan): named, not analysed. */
import type { Graph, Node } from "../graph/types.ts";

export interface NestedNode {
  readonly op: string;
  /** e.g. `If_3/then_branch/Conv_1` */
  readonly path: string;
}

export function nestedNodes(node: Node, prefix = node.name): readonly NestedNode[] {
  const out: NestedNode[] = [];
  for (const [name, attribute] of Object.entries(node.attributes)) {
    const graphs: readonly Graph[] =
      attribute.kind === "graph"
        ? [attribute.value]
        : attribute.kind === "graphs"
          ? attribute.value
          : [];
    for (const graph of graphs)
      for (const inner of graph.nodes) {
        const path = `${prefix}/${name}/${inner.name}`;
        out.push({ op: inner.op, path }, ...nestedNodes(inner, path));
      }
  }
  return out;
}
