/** A network written anew with its regions in another form. */
import { renameReads } from "../graph/edit.ts";
import { topologicalOrder } from "../graph/order.ts";
import type { Graph, Node } from "../graph/types.ts";
import type { GradientBuilder } from "../ops/gradients/builder.ts";
import { raiseOpset } from "../ops/gradients/opset.ts";
import { builderFor } from "../runtime/training/replay.ts";
import type { BlockRegion } from "./blocks/index.ts";
import { type DynamicPlan, layerOver, nodesOfRegion, type Region, type Spatial } from "./plan.ts";

/**
 * @param regions that are written in place of their nodes; what decides about them is there already
 * @param writing what adds the nodes that give the values that readers of a region read
 */
export function rewriteRegions<R extends Region>(
  graph: Graph,
  plan: DynamicPlan,
  regions: readonly R[],
  writing: (builder: GradientBuilder) => (region: R) => void,
): Graph {
  if (regions.length === 0) return graph;
  const inside = new Set(regions.flatMap(nodesOfRegion));
  const ends = new Map(regions.map((region) => [nodesOfRegion(region).at(-1)!, region]));
  const builder = builderFor(graph);
  for (const { name, shape, dtype } of graph.inputs) builder.input(name, shape, dtype);
  for (const [name, tensor] of graph.initializers) builder.initializer(name, tensor);
  const write = writing(builder);
  // A region's end stands after what decides about it.
  const decided = (node: Node): Node => {
    const region = ends.get(node.name);
    if (region === undefined) return node;
    const layer = layerOver(plan, region);
    return {
      ...node,
      inputs: [...node.inputs, region.score, ...(layer === undefined ? [] : [layer.score])],
    };
  };
  for (const node of topologicalOrder(graph.nodes.map(decided))) {
    const region = ends.get(node.name);
    if (region !== undefined) write(region);
    else if (!inside.has(node.name))
      builder.addMany(node.op, node.inputs, node.outputs.length, node.attributes, node);
  }
  for (const { name, shape, dtype } of graph.outputs) builder.output(name, shape, dtype);
  return builder.build();
}

/** The graph in an opset in which blocks can be written. */
export const withBlockOpset = (graph: Graph, plan: DynamicPlan): Graph =>
  plan.regions.some((region) => region.kind !== "layer") ? raiseOpset(graph) : graph;

/** The region as block execution takes it. */
export function blockRegion(
  graph: Graph,
  region: Spatial,
): BlockRegion & { readonly base: string } {
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const all = (names: readonly string[]) => names.map((name) => byName.get(name)!);
  const { input, output, block, mode } = region;
  return {
    nodes: all(region.nodes),
    input,
    output,
    block,
    mode,
    base: input,
    after: all(region.after),
  };
}

/** Readers of values read others, in some nodes. */
export interface Rewiring {
  readonly value: string;
  readonly by: string;
  readonly in: (node: Node) => boolean;
}

export function rewired(graph: Graph, changes: readonly Rewiring[]): Graph {
  const nodes = graph.nodes.map((node) => {
    const names = new Map(
      changes.filter((change) => change.in(node)).map(({ value, by }) => [value, by]),
    );
    return names.size === 0 ? node : renameReads(node, names);
  });
  return { ...graph, nodes: topologicalOrder(nodes) };
}
