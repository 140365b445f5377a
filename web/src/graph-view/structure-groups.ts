/**
 * Groups from structure, for networks whose nodes have no telling names. Where a single value crosses
 * from what comes before to what comes after, the network can be cut; what lies between two cuts is a
 * block (a residual block, an inception module). Blocks that give maps of one size make a stage.
 */
import type { Paths } from "./outline.ts";

/** Fewer nodes between two cuts are a layer and what follows it, not a block. */
const BLOCK = 3;

/**
 * @param edges from node to node, both below `count`; nodes stand in topological order
 * @param sizes elements of one channel of each node's output; 0 where not known
 */
export function pathsByStructure(
  count: number,
  edges: readonly (readonly [number, number])[],
  sizes: readonly number[],
): Paths {
  const blocks = blocksOf(count, edges);
  const paths: string[][] = Array.from({ length: count }, () => []);
  let stage = 0;
  let size = -1;
  let block = 0;
  for (const [from, to] of blocks) {
    const own = sizes[to - 1] ?? 0;
    // A size that is not known (a gap) changes nothing.
    if (own !== 0 && own !== size) {
      size = own;
      stage++;
      block = 0;
    }
    const path = [`stage ${Math.max(1, stage)}`];
    if (to - from >= BLOCK) path.push(`block ${stage}.${++block}`);
    for (let i = from; i < to; i++) paths[i] = path;
  }
  return paths;
}

/** Runs [from, to) between cuts. */
export function blocksOf(
  count: number,
  edges: readonly (readonly [number, number])[],
): (readonly [number, number])[] {
  const last = Int32Array.from({ length: count }, (_, i) => i);
  for (const [from, to] of edges) if (to > last[from]!) last[from] = to;
  const ending = new Int32Array(count + 1);
  const blocks: (readonly [number, number])[] = [];
  let live = 0;
  let from = 0;
  for (let i = 0; i < count; i++) {
    if (last[i]! > i) {
      live++;
      ending[last[i]!]!++;
    }
    live -= ending[i]!;
    if (live <= 1) {
      blocks.push([from, i + 1]);
      from = i + 1;
    }
  }
  return blocks;
}
