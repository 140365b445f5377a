/** A region in the graph that is trained: all of it is computed, and its mask decides what is read. */
import type { Shape } from "../../graph/types.ts";
import type { Formula } from "../../runtime/training/formula.ts";
import type { Channels, RegionOf, Spatial } from "../plan.ts";
import type { Rewiring } from "../rewrite.ts";

/** Readers of a skipped branch read it times its mask [batch, 1]. */
export function maskedLayer(v: Formula, region: RegionOf<"layer">, mask: string): Rewiring {
  const by = v.mul(region.output, v.reshape(mask, [-1, 1, 1, 1]));
  return { value: region.output, by, in: (node) => !node.outputs.includes(by) };
}

/** The convolution reads its input times the mask [batch, C]. */
export function maskedChannels(v: Formula, region: Channels, mask: string): Rewiring {
  const by = v.mul(region.input, v.reshape(mask, [0, -1, 1, 1]));
  const inside = new Set(region.nodes);
  return { value: region.input, by, in: (node) => inside.has(node.name) };
}

/**
 * out = x + m (after(y) - x), with the mask at every position: the result where it is 1, the input
 * where it is 0, and what comes from above to both and to the mask.
 *
 * @param mask of the blocks, [batch, 1, Hb, Wb]
 * @param shape of the result, height and width known
 */
export function maskedBlocks(v: Formula, region: Spatial, mask: string, shape: Shape): Rewiring {
  const [height, width] = shape.slice(2) as [number, number];
  const change = v.sub(region.result, region.input);
  const kept = v.mul(upsampled(v, mask, region.block, height, width), change);
  const by = v.add(region.input, kept);
  return { value: region.result, by, in: (node) => !node.outputs.includes(change) };
}

/** Each block's value at its positions; the last blocks are cut where the map ends. */
function upsampled(v: Formula, mask: string, block: number, height: number, width: number): string {
  const [rows, columns] = [Math.ceil(height / block), Math.ceil(width / block)];
  const apart = v.reshape(mask, [-1, 1, rows, 1, columns, 1]);
  const wide = v.apply("Expand", [apart, v.integers(1, 1, 1, block, 1, block)]);
  const up = v.reshape(wide, [-1, 1, rows * block, columns * block]);
  if (rows * block === height && columns * block === width) return up;
  return v.apply("Slice", [up, v.integers(0, 0), v.integers(height, width), v.integers(2, 3)]);
}
