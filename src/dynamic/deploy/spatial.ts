/** Regions of blocks as they are deployed: active blocks gathered with their halo, computed, scattered. */
import { UserError } from "../../base/errors.ts";
import type { Graph, ValueType } from "../../graph/types.ts";
import type { GradientBuilder } from "../../ops/gradients/builder.ts";
import { Formula } from "../../runtime/training/formula.ts";
import { type BlockSource, BlockWriter } from "../blocks/index.ts";
import { spatialMask } from "../masks.ts";
import { pathOf } from "../path.ts";
import { type DynamicPlan, isSpatial, layerOver, nodesOfRegion, type Spatial } from "../plan.ts";
import { blockRegion, rewriteRegions } from "../rewrite.ts";
import { type Part, partsOf } from "./parts.ts";
import { batchAfter, type Types } from "./scope.ts";

/**
 * @param graph in which layers that are no part of masks are deployed already
 * @param network before that: its nodes are those of the plan
 * @throws UserError where a region lies on both sides of an exit
 */
export function deploySpatial(
  graph: Graph,
  network: Graph,
  plan: DynamicPlan,
  types: Types,
): Graph {
  const regions = plan.regions.filter(isSpatial);
  if (regions.length === 0) return graph;
  const logits = [...plan.exits.map((exit) => exit.logits), network.outputs[0]!.name];
  const parts = partsOf(network, logits);
  return rewriteRegions(graph, plan, regions, (builder) => {
    // Rows do not cross an exit: each part has a writer of its own, and a batch of its own.
    const places = parts.map((_, i) => {
      const source = sourceOf(network, types, i);
      return { source, writer: new BlockWriter(builder, source), masks: new Map<string, string>() };
    });
    return (region) => {
      const { source, writer, masks } = places[partOf(parts, plan, region)]!;
      const what = blockRegion(network, region);
      const path = pathOf(network, region, source);
      builder.declare(region.result, source.types.get(region.result)?.shape);
      if (path.kind === "none") {
        writer.inactive(what, region.result);
        return;
      }
      const mask = sharedMask(builder, plan, region, types, masks);
      const value = { name: mask, dtype: "float32", shape: undefined } as const;
      if (path.kind === "dense") writer.masked(what, value, region.result);
      else
        writer.blocked(
          what,
          value,
          region.result,
          path.kind === "either" ? { denseAbove: path.denseAbove } : {},
        );
    };
  });
}

/** Regions with one rule on one score have one mask. */
function sharedMask(
  builder: GradientBuilder,
  plan: DynamicPlan,
  region: Spatial,
  types: Types,
  masks: Map<string, string>,
): string {
  const layer = layerOver(plan, region);
  const key = JSON.stringify([region.score, region.keep, layer?.score, layer?.threshold]);
  const known = masks.get(key);
  if (known !== undefined) return known;
  const v = new Formula(builder).scoped(region.name);
  const mask = spatialMask(v, plan, region, types.get(region.score)?.shape);
  masks.set(key, mask);
  return mask;
}

/** After an exit the batch is another, and must not be taken for the one before. */
function sourceOf(network: Graph, types: Types, part: number): BlockSource {
  const constants = network.initializers;
  if (part === 0) return { types, constants };
  const batch = network.inputs[0]!.shape![0];
  const renamed = Array.from(types, ([name, type]): [string, ValueType] => {
    const [first, ...rest] = type.shape ?? [];
    return first !== batch || typeof batch === "number"
      ? [name, type]
      : [name, { ...type, shape: [batchAfter(part), ...rest] }];
  });
  return { types: new Map(renamed), constants };
}

function partOf(parts: readonly Part[], plan: DynamicPlan, region: Spatial): number {
  const names = nodesOfRegion(region);
  const at = names.map((name) =>
    parts.findIndex((part) => part.nodes.some((node) => node.name === name)),
  );
  const other = at.find((part) => part !== at[0]);
  if (other !== undefined)
    throw new UserError(
      `region ${region.name}: ${names[0]} runs before the exit ${plan.exits[Math.min(at[0]!, other)]?.name ?? "?"}, and ${names[at.indexOf(other)]} after it`,
      { hint: "move the exit to the end of a stage: exits:at=1", exitCode: 2 },
    );
  return at[0]!;
}
