/** The parts between exits, and what each costs. */
import { macsByNode, sumOf } from "./macs.ts";
import type { DynamicNetwork } from "./plan.ts";
import { onTheWay } from "./trunk.ts";

export interface PartCost {
  /** The exit at its end; the last part has none. */
  readonly exit: string | undefined;
  /** Multiply-accumulates of one input, regions of the plan left out. */
  readonly macs: number;
  /** Regions in it: what each costs where it is on altogether. */
  readonly regions: readonly { readonly index: number; readonly macs: number }[];
}

/** In the order in which they run. A region belongs to the part that first needs it. */
export function partCosts({ graph, plan }: DynamicNetwork): readonly PartCost[] {
  const macs = macsByNode(graph);
  const done = new Set<string>();
  const ends = [...plan.exits.map((exit) => exit.logits), graph.outputs[0]!.name];
  return ends.map((logits, i) => {
    const inside = needed({ graph, plan }, logits).filter((name) => !done.has(name));
    for (const name of inside) done.add(name);
    const own = new Set(inside);
    const regions = plan.regions.flatMap((region, index) =>
      own.has(region.nodes[0]!) ? [{ index, macs: sumOf(macs, region.nodes) }] : [],
    );
    const conditional = regions.reduce((sum, region) => sum + region.macs, 0);
    return { exit: plan.exits[i]?.name, macs: sumOf(macs, own) - conditional, regions };
  });
}

/** Nodes that a classifier needs, those that decide about its regions among them. */
function needed({ graph, plan }: DynamicNetwork, logits: string): readonly string[] {
  const names = new Set(onTheWay(graph, logits).map((node) => node.name));
  for (const region of plan.regions)
    if (region.nodes.some((name) => names.has(name)))
      for (const node of onTheWay(graph, region.score)) names.add(node.name);
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
    for (const { index, macs } of part.regions) sum += macs * on(index);
  }
  return sum;
}
