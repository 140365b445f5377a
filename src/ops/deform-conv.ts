/** Deformable convolution (Dai et al., ICCV 2017; with a mask Zhu et al., CVPR 2019). */
import { mulDims, neverEqual } from "../graph/dim.ts";
import {
  fail,
  input,
  intAttr,
  optionalInput,
  ranked,
  shapeText,
  sizeOf,
  typed,
} from "./context.ts";
import { convCount, convWindow, convWork } from "./conv.ts";
import type { Operator } from "./types.ts";

/** X [N, C, spatial], W [K, C/g, kernel], offset [N, groups*prod(kernel)*rank, out], B, mask. */
const AT = { x: 0, weight: 1, bias: 3 };

export const DeformConv: Operator = {
  name: "DeformConv",
  infer(ctx) {
    const window = convWindow(ctx, AT);
    const x = input(ctx, 0).shape;
    const w = input(ctx, 1).shape;
    const out = [x[0]!, w[0]!, ...window.output];
    const points = window.kernel.reduce((a, b) => a * b, intAttr(ctx, "offset_group", 1));
    const rank = window.kernel.length;
    const expected = [
      { at: 2, shape: [x[0]!, mulDims(points, rank), ...window.output] },
      { at: 4, shape: [x[0]!, points, ...window.output] },
    ];
    for (const { at, shape } of expected) {
      const found = optionalInput(ctx, at)?.shape;
      if (found === undefined) continue;
      ranked(ctx, at, rank + 2, rank + 2);
      if (found.some((d, i) => neverEqual(d, shape[i]!)))
        throw fail(
          ctx,
          `${at === 2 ? "offset" : "mask"} is ${shapeText(found)}, expected ${shapeText(shape)}`,
          "check offset_group, strides and pads",
        );
    }
    return [typed(input(ctx, 0).dtype, out)];
  },
  /** As Conv; each sampled input costs 7 FLOPs for bilinear interpolation, 1 more with a mask. */
  count(ctx) {
    const { macs, flops } = convCount(ctx, AT);
    const x = ctx.inputShapes[0]!;
    const kernel = sizeOf(ctx.inputShapes[1]!.slice(2));
    const samples = x[0]! * x[1]! * kernel * sizeOf(ctx.outputShapes[0]!.slice(2));
    return { macs, flops: flops + samples * (ctx.inputs[4] ? 8 : 7) };
  },
  work: (ctx) => convWork(ctx, AT, convWindow(ctx, AT), true),
};
