/** Up to which kept fraction a dynamic region pays, and what keeps it from paying. */
import { refuseManyBlocks } from "./budget.ts";
import { breakdownOf, limiterOf } from "./describe.ts";
import type { DynamicRegion } from "./region.ts";
import { promisedUs, type RegionLimiter } from "./types.ts";

export interface BreakEven {
  /**
   * The most active blocks at which the region is not slower than dense, in the model's time and with
   * both charged whole rounds; undefined: no number of blocks from 1 on is.
   */
  readonly active: number | undefined;
  readonly keptFraction: number | undefined;
  /** As `active`, with every smaller number not slower either: times are not monotone. */
  readonly surely: number | undefined;
  readonly blocks: number;
  readonly denseUs: number;
  /** The number of blocks, from 1 on, at which most is saved or least is lost, and its time. */
  readonly best: {
    readonly active: number;
    readonly latencyUs: number;
    readonly promisedUs: number;
  };
  /** What an input without any active block takes. */
  readonly emptyUs: number;
  /** Where it never pays: the largest overhead at `best`. Where it pays: at the first loss. */
  readonly limiter: RegionLimiter | undefined;
  /** In a sentence. */
  readonly verdict: string;
}

export function breakEven(region: DynamicRegion): BreakEven {
  refuseManyBlocks(region);
  const { blocks, dense } = region;
  let active: number | undefined;
  let surely: number | undefined;
  let firstLoss: number | undefined;
  let best = 1;
  for (let n = 1; n <= blocks; n++) {
    const cost = region.time(n);
    if (cost.latencyUs <= dense.latencyUs && cost.quantisedUs <= dense.quantisedUs) {
      active = n;
      if (firstLoss === undefined) surely = n;
    } else firstLoss ??= n;
    if (cost.latencyUs < region.time(best).latencyUs) best = n;
  }
  const at = active === undefined ? best : firstLoss;
  const limiter =
    at === undefined
      ? undefined
      : (limiterOf(breakdownOf(region.time(at), dense, at / blocks)) ?? undefined);
  const { latencyUs } = region.time(best);
  return {
    active,
    keptFraction: active === undefined ? undefined : active / blocks,
    surely,
    blocks,
    denseUs: dense.latencyUs,
    best: { active: best, latencyUs, promisedUs: promisedUs(region.time(best), dense) },
    emptyUs: region.time(0).latencyUs,
    limiter,
    verdict: verdict(region, active, limiter, latencyUs),
  };
}

const CAUSES: Readonly<Record<RegionLimiter, string>> = {
  mask: "the mask unit and the compaction",
  gather: "gather and scatter",
  launches: "launches and the host's waits",
  waves: "rounds and tiles of the convolutions on blocks, halo included",
};

function verdict(
  { name, blocks, dense }: DynamicRegion,
  active: number | undefined,
  limiter: RegionLimiter | undefined,
  bestUs: number,
): string {
  const us = (x: number): string => `${x.toFixed(1)} us`;
  const cause = limiter === undefined ? "" : `, mostly for ${CAUSES[limiter]}`;
  if (active === undefined)
    return `${name} never pays: at best ${us(bestUs)} against ${us(dense.latencyUs)} dense${cause}`;
  if (active === blocks) return `${name} is never slower than dense`;
  return `${name} pays up to ${active} of ${blocks} blocks (${((100 * active) / blocks).toFixed(1)} %); beyond, it is slower${cause}`;
}
