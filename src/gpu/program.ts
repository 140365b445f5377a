/** A network as the order of its nodes with who feeds whom, by index: what fusion works on. */
import type { Analysis, AnalyzedNode } from "../ops/types.ts";

export interface Program {
  readonly nodes: readonly AnalyzedNode[];
  /** Nodes that produce the inputs of node i, through views; constants and graph inputs are left out. */
  readonly producers: readonly (readonly number[])[];
  /** How often node i's result is read, through views; a graph output counts. */
  readonly uses: ArrayLike<number>;
}

/** Everything that runs, in the graph's order; nodes folded to constants do not. */
export function programOf(analysis: Analysis): Program {
  const nodes: AnalyzedNode[] = [];
  const producers: number[][] = [];
  const uses: number[] = [];
  /** Index of the node that computes a value; for a view, of the node that it looks at. */
  const source = new Map<string, number>();
  const outputs = new Set(analysis.graph.outputs.map((o) => o.name));
  for (const node of analysis.nodes) {
    if (node.folded) continue;
    const feeds = node.node.inputs.flatMap((name) => source.get(name) ?? []);
    const index = nodes.length;
    nodes.push(node);
    producers.push(feeds);
    uses.push(0);
    const view = node.work.kind === "view" ? feeds[0] : undefined;
    if (view === undefined) for (const feed of feeds) uses[feed]!++;
    for (const output of node.node.outputs) {
      source.set(output, view ?? index);
      if (outputs.has(output)) uses[view ?? index]!++;
    }
  }
  return { nodes, producers, uses };
}
