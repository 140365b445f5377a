/** Topological order. */
import { reads } from "./check.ts";
import type { Node } from "./types.ts";

/**
 * The nodes so that each comes after those whose outputs it reads (its subgraphs' reads included),
 * otherwise as they were. Where they form a cycle, in the order given: `checkGraph` tells it.
 */
export function topologicalOrder(nodes: readonly Node[]): readonly Node[] {
  const producer = new Map<string, number>();
  nodes.forEach((node, i) => {
    for (const output of node.outputs) if (output !== "") producer.set(output, i);
  });
  const sources = nodes.map((node) => {
    const out: number[] = [];
    for (const name of reads(node)) {
      const i = producer.get(name);
      if (i !== undefined) out.push(i);
    }
    return out;
  });
  if (sources.every((before, i) => before.every((j) => j < i))) return nodes;

  const placed = new Uint8Array(nodes.length);
  const order: Node[] = [];
  // Depth first from the front with a stack of our own: networks are deeper than the call stack.
  for (let root = 0; root < nodes.length; root++) {
    const stack = [root];
    const next = [0];
    while (stack.length > 0) {
      const i = stack[stack.length - 1]!;
      const at = next[next.length - 1]!;
      if (placed[i] === DONE || at === sources[i]!.length) {
        if (placed[i] !== DONE) order.push(nodes[i]!);
        placed[i] = DONE;
        stack.pop();
        next.pop();
        continue;
      }
      placed[i] = OPEN;
      next[next.length - 1] = at + 1;
      const before = sources[i]![at]!;
      if (placed[before] === OPEN) return nodes;
      if (placed[before] !== DONE) {
        stack.push(before);
        next.push(0);
      }
    }
  }
  return order;
}

const OPEN = 1;
const DONE = 2;
