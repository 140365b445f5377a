/** The masks of the regions in the graph that is trained. */

import { UserError } from "../../base/errors.ts";
import { isStatic } from "../../graph/dim.ts";
import { elementCount } from "../../graph/tensor.ts";
import type { Graph, ValueType } from "../../graph/types.ts";
import type { NoiseInput } from "../../runtime/training/form.ts";
import type { Formula } from "../../runtime/training/formula.ts";
import { type DynamicPlan, layerOver, type Region } from "../plan.ts";
import { ascendingMask, softGate } from "./gates.ts";

export interface Setting {
  readonly v: Formula;
  readonly plan: DynamicPlan;
  /** Input: share of the training that is done, float32 []. */
  readonly progress: string;
  readonly types: ReadonlyMap<string, ValueType>;
  readonly noise: ReadonlyMap<string, NoiseInput>;
  /** Values that pass no gradient. */
  readonly stop: Set<string>;
  /** By region and by score: regions with one rule on one score have one mask. */
  readonly masks: Map<string, string>;
}

/** Noise for each gate, in the shape of its score: regions that share a score share it. */
export function noiseOf(graph: Graph, { regions }: DynamicPlan, types: Setting["types"]) {
  const batch = graph.inputs[0]!.shape![0]!;
  const noise = new Map<string, NoiseInput>();
  for (const { name, by, score } of regions)
    if (by === "gate" && !noise.has(score))
      noise.set(score, {
        name: `dynamic/noise/${name}`,
        shape: [batch, ...types.get(score)!.shape!.slice(1)],
      });
  return noise;
}

/** With the layer's on the same branch, as it is executed. */
export function maskOf(setting: Setting, region: Region): string {
  const { v, plan, masks } = setting;
  const known = masks.get(region.name);
  if (known !== undefined) return known;
  const layer = layerOver(plan, region);
  const own = ownMask(setting, region);
  const mask =
    layer === undefined ? own : v.mul(own, v.reshape(maskOf(setting, layer), [-1, 1, 1, 1]));
  masks.set(region.name, mask);
  return mask;
}

function ownMask({ v, progress, types, noise, stop, masks }: Setting, region: Region): string {
  const key = JSON.stringify([region.score, region.kind === "layer" ? 0 : region.keep]);
  const known = masks.get(key);
  if (known !== undefined) return known;
  const { mask, stopped } =
    region.kind === "layer" || region.by === "gate"
      ? softGate(v, region.score, thresholdOf(region), noise.get(region.score)!.name)
      : ascendingMask(v, region, countOf(types, region.score), progress);
  stop.add(stopped);
  masks.set(key, mask);
  return mask;
}

function thresholdOf(region: Region): number {
  if (region.kind === "layer") return region.threshold;
  return region.keep.rule === "score" ? region.keep.value : 0;
}

/** Blocks or channels that a score ranks. */
function countOf(types: Setting["types"], score: string): number {
  const sizes = types.get(score)!.shape!.slice(1);
  if (isStatic(sizes)) return elementCount(sizes);
  throw new UserError(`${score} is [batch, ${sizes.join(", ")}]: its size is free`, {
    hint: "train with images of one size",
    exitCode: 2,
  });
}
