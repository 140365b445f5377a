/** The parts between exits, and what each costs. */
import type { Graph, ValueType } from "../graph/types.ts";
import { inferGraph } from "../ops/inference.ts";
import { idleSums } from "./idle.ts";
import { macsByNode, sumOf } from "./macs.ts";
import { macsOn, pathOf, spatialMacs } from "./path.ts";
import {
  type DynamicNetwork,
  type DynamicPlan,
  isAbsorbed,
  isSpatial,
  layerOver,
  nodesOfRegion,
} from "./plan.ts";
import { onTheWay } from "./trunk.ts";

type Types = ReadonlyMap<string, ValueType>;

export interface RegionCost {
  /** In the plan. */
  readonly index: number;
  /** Multiply-accumulates of its nodes as they are. */
  readonly macs: number;
  /** What is spent where this share of it is on: blocks also compute their halo. */
  readonly on: (share: number) => number;
}

export interface PartCost {
  /** The exit at its end; the last part has none. */
  readonly exit: string | undefined;
  /** Multiply-accumulates of one input, regions of the plan left out; what decides is among them. */
  readonly macs: number;
  readonly regions: readonly RegionCost[];
}

/**
 * In the order in which they run. A region belongs to the part that first needs it.
 *
 * @param idle whether convolutions that add nothing are counted, which are not deployed
 */
export function partCosts(
  { graph, plan }: DynamicNetwork,
  { idle = false } = {},
): readonly PartCost[] {
  const macs = macsByNode(graph);
  const source = { types: inferGraph(graph, {}).types, constants: graph.initializers };
  const done = idle ? new Set<string>() : idleOutside(graph, plan, source.types);
  const ends = [...plan.exits.map((exit) => exit.logits), graph.outputs[0]!.name];
  return ends.map((logits, i) => {
    const inside = needed({ graph, plan }, logits).filter((name) => !done.has(name));
    for (const name of inside) done.add(name);
    const own = new Set(inside);
    const regions = plan.regions.flatMap((region, index): RegionCost[] => {
      // What is absorbed is counted with the blocks.
      if (!own.has(region.nodes[0]!) || isAbsorbed(plan, region)) return [];
      const whole = sumOf(macs, region.nodes);
      if (!isSpatial(region)) return [{ index, macs: whole, on: (share) => whole * share }];
      const path = pathOf(graph, region, source);
      const each = spatialMacs(graph, region, source);
      return [{ index, macs: whole, on: (share) => macsOn(path, each, share) }];
    });
    const conditional = regions.reduce((sum, region) => sum + region.macs, 0);
    return { exit: plan.exits[i]?.name, macs: sumOf(macs, own) - conditional, regions };
  });
}

/** Names of the convolutions that add nothing and are no part of a region. */
function idleOutside(graph: Graph, plan: DynamicPlan, types: Types): Set<string> {
  const inside = new Set(plan.regions.flatMap(nodesOfRegion));
  const outside = idleSums(graph, types).filter(
    ({ conv, sum }) => !inside.has(conv.name) && !inside.has(sum.name),
  );
  return new Set(outside.map(({ conv }) => conv.name));
}

/** Nodes that a classifier needs, those that decide about its regions among them. */
function needed({ graph, plan }: DynamicNetwork, logits: string): readonly string[] {
  const names = new Set(onTheWay(graph, logits).map((node) => node.name));
  for (const region of plan.regions) {
    if (!nodesOfRegion(region).some((name) => names.has(name))) continue;
    const layer = layerOver(plan, region);
    for (const score of [region.score, ...(layer === undefined ? [] : [layer.score])])
      for (const node of onTheWay(graph, score)) names.add(node.name);
  }
  return graph.nodes.filter((node) => names.has(node.name)).map((node) => node.name);
}

/**
 * @param exit index of the exit that an input left at, the number of exits for the end
 * @param on share of each region that was on for it, in the plan's order
 * @returns multiply-accumulates that were spent on it
 */
export function macsOfInput(
  parts: readonly PartCost[],
  exit: number,
  on: (region: number) => number,
): number {
  let sum = 0;
  for (const part of parts.slice(0, exit + 1)) {
    sum += part.macs;
    for (const region of part.regions) sum += region.on(on(region.index));
  }
  return sum;
}
