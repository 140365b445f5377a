/** The plan's regions as the GPU model takes them, and what measured images ask of them. */
import type { StageRegion } from "../../gpu/dynamic/index.ts";
import { indexGraph } from "../../graph/edit.ts";
import { inferGraph } from "../../ops/inference.ts";
import { haloOf } from "../blocks/index.ts";
import { pathOf } from "../path.ts";
import { type DynamicNetwork, isAbsorbed, isSpatial, nodesOfRegion, type Region } from "../plan.ts";
import { blockRegion } from "../rewrite.ts";

export interface RegionDemand {
  /** In the plan. */
  readonly index: number;
  readonly region: StageRegion;
  /** What an image asks of it where this share of it is on. */
  readonly demand: (share: number) => number;
}

/**
 * Regions that are computed in part. Those of blocks that are computed as a whole anyway are left out, and
 * so are channels: what leaving them out would save on a GPU is not modelled.
 *
 * @param nodes of the part that is asked about
 */
export function demandsOf(
  { graph, plan }: DynamicNetwork,
  nodes: ReadonlySet<string>,
): readonly RegionDemand[] {
  const source = { types: inferGraph(graph, {}).types, constants: graph.initializers };
  const scored = new Set<string>();
  return plan.regions.flatMap((region, index): RegionDemand[] => {
    if (!nodes.has(region.nodes[0]!) || isAbsorbed(plan, region)) return [];
    if (region.kind === "layer") return [{ index, ...layer(graph, region) }];
    if (!isSpatial(region)) return [];
    const path = pathOf(graph, region, source);
    if (path.kind === "dense") return [];
    const { grid } = haloOf(blockRegion(graph, region), source);
    const [rows, columns] = grid as readonly [number, number];
    const shared = scored.has(region.score);
    scored.add(region.score);
    const unit = shared ? "given" : region.by === "attention" ? "attention" : "conv-gate";
    return [
      {
        index,
        region: {
          kind: "blocks",
          region: {
            name: region.name,
            nodes: nodesOfRegion(region),
            block: region.block,
            mask: { unit, select: region.keep.rule === "top" ? "top-k" : "threshold" },
          },
          ...(path.kind === "either" && { denseAbove: path.denseAbove }),
        },
        demand: (share) => Math.round(share * rows * columns),
      },
    ];
  });
}

/** Whether some region saves nothing in the predicted time. */
export const countsSomeAsOn = ({ plan }: DynamicNetwork): boolean =>
  plan.regions.some((region) => region.kind === "channels");

function layer(
  graph: DynamicNetwork["graph"],
  { name, nodes, input, output }: Region,
): Omit<RegionDemand, "index"> {
  const sum = indexGraph(graph)
    .consumers(output)
    .find((node) => node.op === "Add" && node.inputs.includes(input));
  const own = sum === undefined ? nodes : [...nodes, sum.name];
  return { region: { kind: "images", name, nodes: own, input }, demand: Math.round };
}
