/**
 * How much of each feature map one block needs. Backwards from the block of the output: a convolution
 * of kernel k, stride s and dilation d needs (e - 1) s + (k - 1) d + 1 positions for e; a map with two
 * readers is computed for the larger need, and the other one reads its middle. Convolutions then are
 * valid ones on what was gathered: the halo of a chain is computed again in each neighbouring block.
 */
import { invariant } from "../../base/errors.ts";
import type { RegionStructure } from "./structure.ts";

/** Rows and columns. */
export type Extent = readonly [number, number];

/** Extents of all maps of a region, by the name of their value. */
export function extents(structure: RegionStructure, block: Extent): ReadonlyMap<string, Extent> {
  const { program, maps, output } = structure;
  const need = new Map<string, Extent>([[output.value, block]]);
  for (const { node, work } of program.nodes.toReversed()) {
    const own = need.get(node.outputs[0]!);
    // A node whose result nothing of the region needs.
    if (own === undefined) continue;
    const read = readExtent(work, own);
    for (const value of node.inputs) {
      if (!maps.has(value)) continue;
      const before = need.get(value) ?? [0, 0];
      need.set(value, [Math.max(before[0], read[0]), Math.max(before[1], read[1])]);
    }
  }
  return need;
}

type RegionWork = RegionStructure["program"]["nodes"][number]["work"];

/** What a node reads of a map for `own` positions of its result. */
export function readExtent(work: RegionWork, own: Extent): Extent {
  if (work.kind !== "conv") return own;
  const side = (axis: 0 | 1): number => {
    const [stride, dilation, kernel] = [work.stride, work.dilation, work.kernel].map(
      (w) => w[axis],
    );
    invariant(stride && dilation && kernel, "a region's convolution has two axes");
    return (own[axis] - 1) * stride + (kernel - 1) * dilation + 1;
  };
  return [side(0), side(1)];
}
