/** What is counted on a design's network, whatever space it comes from. */
import type { Analysis } from "../ops/types.ts";
import type { Counts } from "./kinds.ts";

/** Counts of one image. @param analysis at batch 1 */
export function countsOf({ totals }: Analysis): Counts {
  return {
    params: totals.params,
    macs: totals.macs,
    flops: 2 * totals.macs + totals.flops,
  };
}
