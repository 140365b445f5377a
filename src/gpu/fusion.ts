/**
 * Which nodes share a kernel. Eagerly each node has its own. A compiler folds batch normalization
 * into the convolution before it, computes activations and additions in the epilogue of a
 * contraction, joins chains of elementwise nodes, and drops what no output needs. The rules ask a
 * node's work and epilogue, never its operator's name.
 */
import type { AnalyzedNode } from "../ops/types.ts";
import type { Program } from "./program.ts";

/** Indices of nodes that run as one, in order; the first one's work is the anchor. */
export type Group = readonly number[];

/** One group for each node. */
export function unfused(program: Program): readonly Group[] {
  return program.nodes.map((_, i) => [i]);
}

/**
 * Groups of a compiled network, in an order that respects every dependency.
 *
 * A node joins the group of a producer whose result only it reads, so each group is a chain with one
 * result. It runs where its last member stood: by then all further operands are there.
 */
export function fused(program: Program): readonly Group[] {
  const { nodes, producers } = program;
  const needed = neededNodes(program);
  const groupOf: (number[] | undefined)[] = nodes.map(() => undefined);
  /** The group that ends at node i. */
  const endingAt: (number[] | undefined)[] = nodes.map(() => undefined);
  for (let i = 0; i < nodes.length; i++) {
    if (!needed[i] || nodes[i]!.work.kind === "view") continue;
    let host: number[] | undefined;
    let last = -1;
    // Of two producers the later one takes the node: the other operand is then already computed.
    for (const p of producers[i]!) {
      const group = groupOf[p];
      if (p > last && group !== undefined && program.uses[p] === 1 && joins(group, i, nodes)) {
        host = group;
        last = p;
      }
    }
    if (host === undefined) host = [i];
    else {
      endingAt[host.at(-1)!] = undefined;
      host.push(i);
    }
    groupOf[i] = host;
    endingAt[i] = host;
  }
  return endingAt.filter((g) => g !== undefined);
}

/** Whether the kernel of `group` can go on to compute node `i`. */
function joins(group: readonly number[], i: number, nodes: readonly AnalyzedNode[]): boolean {
  const follower = nodes[i]!;
  // A result that is broadcast (a gate on a feature map) is no element-by-element epilogue.
  if (follower.bytesWritten !== nodes[group.at(-1)!]!.bytesWritten) return false;
  const anchor = nodes[group[0]!]!.work.kind;
  const contraction = anchor === "conv" || anchor === "matmul";
  if (follower.epilogue === "affine" && contraction) return true;
  if (follower.epilogue !== undefined) return contraction || anchor === "pointwise";
  return follower.work.kind === "pointwise" && anchor === "pointwise";
}

/** Nodes that some output of the network depends on. */
function neededNodes(program: Program): readonly boolean[] {
  const { nodes, producers, uses } = program;
  const inner = new Int32Array(nodes.length);
  for (let i = 0; i < nodes.length; i++)
    if (nodes[i]!.work.kind !== "view") for (const p of producers[i]!) inner[p]!++;
  const needed = nodes.map(() => false);
  for (let i = nodes.length - 1; i >= 0; i--) {
    // More uses than nodes account for: the value is an output of the network.
    if (uses[i]! > inner[i]!) needed[i] = true;
    if (needed[i]) for (const p of producers[i]!) needed[p] = true;
  }
  return needed;
}
