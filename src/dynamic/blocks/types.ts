/** What block execution takes and what it says of it. */
import type { Graph, Node, Tensor, ValueType } from "../../graph/types.ts";
import { inferGraph } from "../../ops/inference.ts";

/**
 * A chain F of nodes that is computed at the active blocks of its output only. With a mask m
 * [N, 1, ceil(H'/g), ceil(W'/g)] of 0 and 1 and y = F(x) or base + F(x), the result [N, K, H', W'] is
 * after(y) where m is 1 and base where it is 0.
 */
export interface BlockRegion {
  /** In order, each reading the one before it: convolutions, pools, what works element by element. */
  readonly nodes: readonly Node[];
  /** x [N, C, H, W]. */
  readonly input: string;
  /** F(x) [N, K, H', W']. */
  readonly output: string;
  /** g: the side of a block, in pixels of the output. At the right and bottom edge blocks are cut. */
  readonly block: number;
  readonly mode: "add" | "replace";
  /** [N, K, H', W']. Default: the input for "add", zeros for "replace". */
  readonly base?: string;
  /** What follows at active positions, e.g. the ReLU after a residual sum; without constants per channel. */
  readonly after?: readonly Node[];
}

/** The graph that regions are taken from: their types and weights. */
export interface BlockSource {
  readonly types: ReadonlyMap<string, ValueType>;
  readonly constants: ReadonlyMap<string, Tensor>;
}

/** @throws UserError where the graph's shapes contradict each other */
export function blockSource(graph: Graph): BlockSource {
  return { types: inferGraph(graph, {}).types, constants: graph.initializers };
}

/** A node that no block execution handles. */
export interface RegionGap {
  readonly node: Node;
  readonly reason: string;
}
