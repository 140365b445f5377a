/** Gradients of ConvTranspose, which is itself the gradient of a convolution by its input. */
import { int, ints } from "../../graph/attribute.ts";
import { fail, intAttr } from "../context.ts";
import { transposedWindow } from "../conv-transpose.ts";
import { channelSum } from "./conv.ts";
import { type ConvGeometry, geometryOf, leftover } from "./conv-geometry.ts";
import { convWeight } from "./conv-weight.ts";
import { emit } from "./emit.ts";
import type { GradientContext, GradientRule } from "./types.ts";

/**
 * x [N, C, input], w [C, K/group, kernel], y [N, K, output]. The convolution by w goes from y to x:
 * dx is that convolution of g, and dw its weight gradient, x and g exchanged.
 */
export const convTranspose: GradientRule = (ctx, [g]) => {
  const [x, w] = ctx.node.inputs as [string, string];
  const y = ctx.node.outputs[0]!;
  const geometry = geometryOf(
    ctx,
    transposedWindow(ctx),
    ctx.shape(y).slice(2),
    ctx.shape(x).slice(2),
    intAttr(ctx, "group", 1),
  );
  return [
    ctx.wanted(0) ? inputGradient(ctx, geometry, g!, w) : undefined,
    ctx.wanted(1) ? convWeight(ctx, geometry, x, g!, w, y) : undefined,
    ctx.wanted(2) ? channelSum(ctx, g!, ctx.shape(y).length) : undefined,
  ];
};

function inputGradient(ctx: GradientContext, c: ConvGeometry, g: string, w: string): string {
  const rest = leftover(c);
  rest.forEach((r, i) => {
    if ((r ?? 0) >= c.stride[i]!)
      throw fail(
        ctx,
        `output padding ${r} with stride ${c.stride[i]}, expected less than the stride`,
      );
  });
  return emit(ctx, "Conv", [g, w], {
    kernel_shape: ints(...c.kernel),
    strides: ints(...c.stride),
    dilations: ints(...c.dilation),
    pads: ints(...c.padBegin, ...c.padEnd),
    group: int(c.group),
  });
}
