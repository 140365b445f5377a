/**
 * Attention (AntiDote): the mean activation over a region's input channels ranks its blocks, and the
 * least-attended are left out. No weights are added; training drops them step by step.
 */
import { ints } from "../../graph/attribute.ts";
import { int64s } from "../../graph/tensor.ts";
import type { Graph } from "../../graph/types.ts";
import type { Patch } from "../../zoo/morphisms/patch.ts";
import { addSpatial, blockMeans, SPATIAL_OPTIONS } from "./spatial.ts";
import { inStage } from "./stages.ts";
import type { Mechanism } from "./types.ts";
import { isNotNegative } from "./values.ts";

/** The first opset in which reductions take their axes as an input. */
const AXES_AS_INPUT = 18;

export const ASCENT = {
  kind: "number",
  byDefault: 0.5,
  min: 0,
  max: 1,
  summary: "share of a training over which what is dropped rises from nothing",
} as const;

export const attention: Mechanism = {
  name: "attention",
  summary: "blocks of positions whose input is least active are left out (AntiDote); no weights",
  options: {
    ...SPATIAL_OPTIONS,
    keep: {
      kind: "numbers",
      byDefault: 0.5,
      min: 0,
      max: 1,
      summary: "share of each image's blocks, for all stages or each (0.7+0.5+0.5)",
    },
    threshold: {
      kind: "numbers",
      byDefault: 0,
      min: 0,
      summary: "in place of keep: blocks of at least this times their image's mean; 0: by keep",
    },
    ascent: ASCENT,
    share: {
      kind: "number",
      byDefault: 1,
      min: 0,
      max: 1,
      whole: true,
      summary: "1: regions in a row have the mask of the first; 0: each its own",
    },
  },
  convert: (network, values) =>
    addSpatial(network, {
      name: "attention",
      values,
      share: values.share === 1,
      score: (patch, graph, place, block) => blockAttention(patch, graph, place.input, block),
      region: (stages) => {
        const keep = inStage("attention", "keep", values, stages);
        const threshold = inStage("attention", "threshold", values, stages);
        return (stage) => ({
          by: "attention",
          keep:
            threshold(stage) > 0
              ? { rule: "threshold", value: threshold(stage) }
              : { rule: "top", share: keep(stage) },
          ascent: values.ascent as number,
          target: keep(stage),
        });
      },
    }),
};

/** Mean magnitude over channels and over the positions of each block, [batch, 1, Hb, Wb]. */
function blockAttention(patch: Patch, graph: Graph, input: string, block: number): string {
  const size = isNotNegative(graph, input) ? input : patch.add("Abs", "abs", [input]);
  const opset = graph.opsets.get("") ?? graph.opsets.get("ai.onnx") ?? 1;
  const mean =
    opset >= AXES_AS_INPUT
      ? patch.add("ReduceMean", "mean", [size, patch.constant("axes", int64s([1]))])
      : patch.add("ReduceMean", "mean", [size], { axes: ints(1) });
  return blockMeans(patch, mean, block);
}
