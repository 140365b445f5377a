/** The multiply-accumulates of a region, dense and in blocks. */

import { UserError } from "../../base/errors.ts";
import { bindShape, isStatic } from "../../graph/dim.ts";
import { chainOf } from "./chain.ts";
import { chainHalo } from "./halo.ts";
import type { BlockRegion, BlockSource } from "./types.ts";

export interface RegionMacs {
  /** Of one image, without blocks. */
  readonly dense: number;
  /** Of one active block, halo included: n blocks cost n times as much. */
  readonly block: number;
  /** Blocks of one image. */
  readonly blocks: number;
}

/**
 * What blocks cost: n active ones take n * `block`, which counts a pixel as often as blocks
 * overlap there.
 *
 * @param bind numbers for the free dimensions of height and width
 * @throws UserError where height or width stay free
 */
export function regionMacs(
  region: BlockRegion,
  source: BlockSource,
  bind: Readonly<Record<string, number>> = {},
): RegionMacs {
  const chain = chainOf(region, source);
  const halo = chainHalo(chain, region.block);
  let dense = 0;
  let block = 0;
  chain.links.forEach(({ step, after }, i) => {
    if (step.node.op !== "Conv") return;
    const [k, ...perOutput] = source.constants.get(step.node.inputs[1]!)!.dims;
    const macs = k! * perOutput.reduce((a, b) => a * b, 1);
    const [h, w] = fixed(after.slice(2), bind, step.node.name);
    dense += macs * h! * w!;
    const { size } = halo.after[i]!;
    block += macs * size[0] * size[1];
  });
  const [rows, columns] = fixed(halo.grid, bind, region.output);
  return { dense, block, blocks: rows! * columns! };
}

function fixed(
  dims: Parameters<typeof bindShape>[0],
  bind: Readonly<Record<string, number>>,
  where: string,
): readonly number[] {
  const bound = bindShape(dims, bind);
  if (!isStatic(bound))
    throw new UserError(`${where}: the image's size [${bound.join(", ")}] is free`, {
      hint: "give numbers for its dimensions",
    });
  return bound;
}
