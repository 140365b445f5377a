/**
 * Budgets in whole waves: the shares that attention keeps, raised to the edges of a device's waves. A
 * region computes as many blocks as fit into the waves that it takes anyway; where skipping saves no
 * wave it stays dense.
 */
import { UserError } from "../../base/errors.ts";
import { bindBatch } from "../../gpu/batch.ts";
import { type DynamicOptions, regionIn, waveBudget } from "../../gpu/dynamic/index.ts";
import { topCount } from "../masks.ts";
import type { DynamicNetwork, DynamicPlan, Spatial } from "../plan.ts";

export interface RegionBudget {
  readonly region: string;
  /** Of one image. */
  readonly blocks: number;
  readonly asked: number;
  readonly granted: number;
  /** `dense`: all blocks, computed without a mask. */
  readonly verdict: "dynamic" | "dense";
  readonly waves: number;
  readonly denseWaves: number;
  /** Of the batch, predicted: what was asked, what is granted, the whole map. */
  readonly askedUs: number;
  readonly grantedUs: number;
  readonly denseUs: number;
}

export interface WaveBudgets {
  readonly network: DynamicNetwork;
  readonly batch: number;
  readonly regions: readonly RegionBudget[];
}

/**
 * @param batch images that run together; each gets the same number of blocks
 * @throws UserError where no region keeps a share of its image's blocks
 */
export function waveBudgets(
  network: DynamicNetwork,
  batch: number,
  options: DynamicOptions,
): WaveBudgets {
  const { graph, plan } = network;
  const shares = plan.regions.filter(isShare);
  if (shares.length === 0)
    throw new UserError(`${graph.name} has no region that keeps a share of its blocks`, {
      hint: "convert it with attention:keep=0.5; thresholds and gates decide at run time",
      exitCode: 2,
    });
  const { analysis } = bindBatch({ ...graph, outputs: [graph.outputs[0]!] }, batch);
  const regions = shares.map((region): RegionBudget => {
    const { name, nodes, sum, after, block } = region;
    const at = regionIn(
      analysis,
      {
        name,
        nodes: [...nodes, ...(sum === undefined ? [] : [sum]), ...after],
        block,
        mask: { unit: "attention", select: "top-k" },
      },
      { ...options, batch },
    );
    const blocks = at.blocks / batch;
    const asked = topCount(region.keep.share, blocks);
    const budget = waveBudget(at, batch * asked);
    const granted = Math.floor(budget.active / batch);
    const cost = at.time(batch * granted);
    return {
      region: name,
      blocks,
      asked,
      granted: budget.verdict === "dense" ? blocks : granted,
      verdict: budget.verdict,
      waves: budget.verdict === "dense" ? budget.denseWaves : cost.waves,
      denseWaves: budget.denseWaves,
      askedUs: budget.askedLatencyUs,
      grantedUs: budget.verdict === "dense" ? budget.denseUs : cost.latencyUs,
      denseUs: budget.denseUs,
    };
  });
  return { network: { graph, plan: granted(plan, regions) }, batch, regions };
}

type Share = Spatial & { readonly keep: { readonly rule: "top"; readonly share: number } };

const isShare = (region: DynamicPlan["regions"][number]): region is Share =>
  region.kind === "spatial" && region.keep.rule === "top";

function granted(plan: DynamicPlan, budgets: readonly RegionBudget[]): DynamicPlan {
  const found = new Map(budgets.map((each) => [each.region, each]));
  return {
    ...plan,
    regions: plan.regions.map((region) => {
      const budget = found.get(region.name);
      if (budget === undefined || !isShare(region)) return region;
      return { ...region, keep: { rule: "top", share: budget.granted / budget.blocks } };
    }),
  };
}
