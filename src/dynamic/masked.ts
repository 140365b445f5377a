/** The network with its regions switched off by masks: all is computed, and what is off counts nothing. */
import { int } from "../graph/attribute.ts";
import { checkGraph } from "../graph/check.ts";
import type { Graph } from "../graph/types.ts";
import { inferGraph } from "../ops/inference.ts";
import { Formula } from "../runtime/training/formula.ts";
import { builderFor, replay } from "../runtime/training/replay.ts";
import { BlockWriter } from "./blocks/index.ts";
import { channelMask, layerMask, spatialMask } from "./masks.ts";
import { type DynamicNetwork, isAbsorbed, isSpatial, type Region, type Spatial } from "./plan.ts";
import { blockRegion, type Rewiring, rewired, rewriteRegions, withBlockOpset } from "./rewrite.ts";

export interface Masked {
  /** Outputs: the logits, each exit's logits, then each region's share that is on, float32 [batch]. */
  readonly graph: Graph;
  readonly logits: readonly string[];
  readonly shares: readonly string[];
  /** Of each region: layers [batch, 1], blocks [batch, 1, Hb, Wb], channels [batch, C]; no outputs. */
  readonly masks: readonly string[];
}

/** @throws UserError where the plan does not fit the graph */
export function masked(network: DynamicNetwork): Masked {
  const { plan } = network;
  const graph = withBlockOpset(network.graph, plan);
  const { types } = inferGraph(graph, {});
  const source = { types, constants: graph.initializers };
  const masks = new Map<string, string>();
  const shares = new Map<string, string>();
  const changes: Rewiring[] = [];

  let out = rewriteRegions(graph, plan, plan.regions.filter(isSpatial), (builder) => {
    const writer = new BlockWriter(builder, source);
    return (region) => {
      const v = new Formula(builder).scoped(region.name);
      const mask = spatialMask(v, plan, region, types.get(region.score)?.shape);
      masks.set(region.name, mask);
      shares.set(region.name, shareOf(v, mask));
      const value = { name: mask, dtype: "float32", shape: undefined } as const;
      writer.masked(blockRegion(graph, region), value, region.result);
      builder.declare(region.result, types.get(region.result)?.shape);
    };
  });
  const others = plan.regions.filter((region) => !isSpatial(region));
  if (others.length > 0) {
    const builder = builderFor(out);
    for (const { name, shape, dtype } of out.inputs) builder.input(name, shape, dtype);
    for (const [name, tensor] of out.initializers) builder.initializer(name, tensor);
    for (const [name, type] of out.declared) builder.declare(name, type.shape, type.dtype);
    replay(builder, out);
    for (const region of others) {
      const v = new Formula(builder).scoped(region.name);
      const shape = types.get(region.input)?.shape;
      const { mask, change } = maskOne(v, region, shape?.[1]);
      masks.set(region.name, mask);
      shares.set(region.name, shareOf(v, mask));
      if (isAbsorbed(plan, region)) continue;
      const product = change();
      builder.declare(product.by, shape);
      changes.push(product);
    }
    for (const { name, shape, dtype } of out.outputs) builder.output(name, shape, dtype);
    out = rewired(builder.build(), changes);
  }
  const logits = [...plan.exits.map((exit) => exit.logits), graph.outputs[0]!.name];
  const named = (list: ReadonlyMap<string, string>) =>
    plan.regions.map((region) => list.get(region.name)!);
  const outputs = [...new Set([graph.outputs[0]!.name, ...logits, ...named(shares)])];
  const done = withOutputs(out, outputs);
  checkGraph(done);
  return { graph: done, logits, shares: named(shares), masks: named(masks) };
}

export function withOutputs(graph: Graph, names: readonly string[]): Graph {
  const value = (name: string) => ({ name, dtype: "float32" as const, shape: undefined });
  return { ...graph, outputs: names.map(value) };
}

/** The mask of a region that is no region of blocks, and what reads its product with it. */
function maskOne(
  v: Formula,
  region: Exclude<Region, Spatial>,
  channels: unknown,
): { readonly mask: string; readonly change: () => Rewiring } {
  const mask =
    region.kind === "layer" ? layerMask(v, region) : channelMask(v, region, channels as number);
  const value = region.kind === "layer" ? region.output : region.input;
  return {
    mask,
    change: () => {
      const each = region.kind === "layer" ? [-1, 1, 1, 1] : [0, -1, 1, 1];
      const by = v.mul(value, v.reshape(mask, each));
      const inside = new Set(region.nodes);
      return {
        value,
        by,
        in: (node) =>
          region.kind === "layer" ? !node.outputs.includes(by) : inside.has(node.name),
      };
    },
  };
}

/** Mean of each input's mask, [batch]. */
function shareOf(v: Formula, mask: string): string {
  const flat = v.apply("Flatten", [mask], { axis: int(1) });
  const size = v.cast(v.apply("Gather", [v.apply("Shape", [flat]), v.integers(1)]), "float32");
  return v.div(v.sum(flat, 1), size);
}
