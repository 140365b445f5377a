/** Gradient of LRN, local response normalization across channels. */
import { ints } from "../../graph/attribute.ts";
import { fail, floatAttr, intAttr } from "../context.ts";
import { Arithmetic } from "./arithmetic.ts";
import { emit, list, reshapeAs } from "./emit.ts";
import type { GradientContext, GradientRule } from "./types.ts";

/**
 * y = x / d^beta with d = bias + alpha mean(x^2), the mean over `size` channels around each, those
 * outside counted as 0: dx = g / d^beta - 2 alpha beta x mean'(g y / d), mean' being its adjoint.
 */
export const lrn: GradientRule = (ctx, [g]) => {
  const x = ctx.node.inputs[0]!;
  const y = ctx.node.outputs[0]!;
  const alpha = floatAttr(ctx, "alpha", 0.0001);
  const beta = floatAttr(ctx, "beta", 0.75);
  const size = intAttr(ctx, "size", 1);
  const before = Math.floor((size - 1) / 2);
  const after = size - 1 - before;
  const v = new Arithmetic(ctx);
  const mean = channelMean(ctx, v.mul(x, x), before, after);
  const d = v.add(v.mul(mean, alpha), floatAttr(ctx, "bias", 1));
  const direct = v.mul(g!, v.apply("Pow", d, -beta));
  const around = channelMean(ctx, v.div(v.mul(g!, y), d), after, before);
  return [v.sub(direct, v.mul(v.mul(x, around), 2 * alpha * beta))];
};

/** Over the channel itself, `before` channels and `after` channels, as a pool over [C, space]. */
function channelMean(ctx: GradientContext, value: string, before: number, after: number): string {
  const x = ctx.node.inputs[0]!;
  const channels = ctx.shape(x)[1]!;
  if (typeof channels !== "number")
    throw fail(ctx, `the number of channels is ${channels}`, "give it a number");
  // 0 keeps the batch, which may be free.
  const plane = emit(ctx, "Reshape", [value, list(ctx, [0, 1, channels, -1])]);
  const pooled = emit(ctx, "AveragePool", [plane], {
    kernel_shape: ints(before + 1 + after, 1),
    pads: ints(before, 0, after, 0),
    count_include_pad: { kind: "int", value: 1 },
  });
  return reshapeAs(ctx, pooled, x);
}
