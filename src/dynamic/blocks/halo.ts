/** How far the blocks of each feature map of a region reach. */
import { ceilDiv } from "../../graph/dim.ts";
import type { Dim } from "../../graph/types.ts";
import { type Chain, chainOf } from "./chain.ts";
import type { Pair } from "./steps.ts";
import type { BlockRegion, BlockSource } from "./types.ts";

/** Of one feature map, for [H, W]: block b covers pixels b * pitch - offset, `size` of them. */
export interface BlockGeometry {
  readonly size: Pair;
  readonly offset: Pair;
  readonly pitch: Pair;
}

export interface Halo {
  /** The input of the region. */
  readonly input: BlockGeometry;
  /** What each node gives, in order. The last has no halo. */
  readonly after: readonly BlockGeometry[];
  /** Blocks in a column and in a row of the output. */
  readonly grid: readonly [Dim, Dim];
}

/** @throws UserError as `chainOf` does */
export function haloOf(region: BlockRegion, source: BlockSource): Halo {
  return chainHalo(chainOf(region, source), region.block);
}

export function chainHalo({ links, outputShape }: Chain, block: number): Halo {
  let now: BlockGeometry = { size: [block, block], offset: [0, 0], pitch: [block, block] };
  const maps = [now];
  for (const { step } of links.toReversed()) {
    if (step.kind === "window") {
      const { kernel, stride, dilation, padBegin } = step;
      const along = (f: (axis: 0 | 1) => number): Pair => [f(0), f(1)];
      const { size, offset, pitch } = now;
      now = {
        size: along((a) => (size[a] - 1) * stride[a] + (kernel[a] - 1) * dilation[a] + 1),
        offset: along((a) => offset[a] * stride[a] + padBegin[a]),
        pitch: along((a) => pitch[a] * stride[a]),
      };
    }
    maps.unshift(now);
  }
  return {
    input: maps[0]!,
    after: maps.slice(1),
    grid: [ceilDiv(outputShape[2]!, block), ceilDiv(outputShape[3]!, block)],
  };
}
