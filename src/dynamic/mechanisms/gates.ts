/**
 * Learned gates for blocks (DynConv, LASNet): a region's input, pooled to blocks, goes through one small
 * convolution to a logit for each block; blocks of at least zero are computed. Training adds logistic
 * noise and holds the gates to a budget.
 */
import { UserError } from "../../base/errors.ts";
import { sameWindow } from "../../zoo/morphisms/convolution.ts";
import type { Patch } from "../../zoo/morphisms/patch.ts";
import type { Place } from "./places.ts";
import { addSpatial, blockMeans, SPATIAL_OPTIONS } from "./spatial.ts";
import { inStage } from "./stages.ts";
import type { Mechanism } from "./types.ts";

/** Gates begin open: by about one deviation of the logistic noise. */
const OPEN = 2;

export const gates: Mechanism = {
  name: "gates",
  summary: "small learned units that leave out blocks of positions (DynConv, LASNet)",
  options: {
    ...SPATIAL_OPTIONS,
    target: {
      kind: "numbers",
      byDefault: 0.5,
      min: 0,
      max: 1,
      summary: "share of blocks that a training leaves, for all stages or each (0.7+0.5+0.5)",
    },
    kernel: {
      kind: "number",
      byDefault: 3,
      min: 1,
      max: 3,
      whole: true,
      summary: "of the unit's convolution over blocks: 3 sees the neighbours, 1 does not",
    },
    share: {
      kind: "number",
      byDefault: 0,
      min: 0,
      max: 1,
      whole: true,
      summary: "1: regions in a row have the gates of the first; 0: each its own",
    },
  },
  convert(network, values) {
    const kernel = values.kernel as number;
    if (kernel % 2 === 0)
      throw new UserError(`gates: kernel = ${kernel} has no middle`, {
        hint: "choose 1 or 3",
        exitCode: 2,
      });
    return addSpatial(network, {
      name: "gates",
      values,
      share: values.share === 1,
      score: (patch, _graph, place, block) => blockLogits(patch, place, block, kernel),
      region: (stages) => {
        const target = inStage("gates", "target", values, stages);
        return (stage) => ({
          by: "gate",
          keep: { rule: "score", value: 0 },
          ascent: 0,
          target: target(stage),
        });
      },
    });
  },
};

/** Weights begin at zero: all blocks of all inputs are computed until a training moves them. */
function blockLogits(
  patch: Patch,
  { input, channels }: Place,
  block: number,
  kernel: number,
): string {
  const pooled = blockMeans(patch, input, block);
  const dims = [1, channels, kernel, kernel];
  const weight = patch.weight("gate.weight", dims, (out) => out.fill(0));
  const bias = patch.weight("gate.bias", [1], (out) => out.fill(OPEN));
  return patch.conv("gate", pooled, weight, sameWindow(kernel, 2), bias);
}
