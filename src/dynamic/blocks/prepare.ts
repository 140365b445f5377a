/** What both forms need of a region and its mask, checked. */
import { UserError } from "../../base/errors.ts";
import { neverEqual } from "../../graph/dim.ts";
import type { Value } from "../../graph/types.ts";
import { type Chain, chainOf } from "./chain.ts";
import { chainHalo, type Halo } from "./halo.ts";
import type { BlockRegion, BlockSource } from "./types.ts";

export interface Prepared {
  readonly region: BlockRegion;
  readonly chain: Chain;
  readonly halo: Halo;
  /** The mask's name. */
  readonly mask: string;
}

/** @throws UserError as `chainOf` does, and where the mask is of another type or shape */
export function prepare(region: BlockRegion, mask: Value, source: BlockSource): Prepared {
  const chain = chainOf(region, source);
  const halo = chainHalo(chain, region.block);
  const expected = [chain.outputShape[0]!, 1, ...halo.grid];
  const { shape } = mask;
  const wrong =
    shape !== undefined &&
    (shape.length !== 4 || shape.some((d, axis) => neverEqual(d, expected[axis]!)));
  if (mask.dtype !== "float32" || wrong)
    throw new UserError(
      `region ${region.output}: the mask ${mask.name} is ${mask.dtype} [${(shape ?? ["?"]).join(", ")}], expected float32 [${expected.join(", ")}]`,
      {
        hint: `give one value for each block of ${region.block} x ${region.block} pixels of the output`,
      },
    );
  return { region, chain, halo, mask: mask.name };
}
