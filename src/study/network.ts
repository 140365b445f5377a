/** What is counted on a design's network, whatever space it comes from. */
import type { Graph } from "../graph/types.ts";
import { analyze } from "../ops/analyze.ts";
import type { Counts } from "./kinds.ts";

/** Counts of one image. @throws UserError where an operator has no counts */
export function countsOf(graph: Graph): Counts {
  const { totals } = analyze(graph, { bind: { batch: 1 } });
  return {
    params: totals.params,
    macs: totals.macs,
    flops: 2 * totals.macs + totals.flops,
  };
}
