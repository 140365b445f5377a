/** Gradients of Softmax and LogSoftmax along one axis. */
import { axisIn, intAttr } from "../context.ts";
import { Arithmetic } from "./arithmetic.ts";
import { reduceSum } from "./emit.ts";
import type { GradientContext, GradientRule } from "./types.ts";

function axis(ctx: GradientContext): number {
  return axisIn(ctx, intAttr(ctx, "axis", -1), ctx.shape(ctx.node.inputs[0]!).length);
}

/** dx = y (g - sum(g y)) */
export const softmax: GradientRule = (ctx, [g]) => {
  const y = ctx.node.outputs[0]!;
  const v = new Arithmetic(ctx);
  return [v.mul(y, v.sub(g!, reduceSum(ctx, v.mul(g!, y), [axis(ctx)], true)))];
};

/** dx = g - exp(y) sum(g) */
export const logSoftmax: GradientRule = (ctx, [g]) => [
  logSoftmaxGradient(ctx, g!, ctx.node.outputs[0]!, axis(ctx)),
];

export function logSoftmaxGradient(
  ctx: GradientContext,
  g: string,
  y: string,
  along: number,
): string {
  const v = new Arithmetic(ctx);
  return v.sub(g, v.mul(v.apply("Exp", y), reduceSum(ctx, g, [along], true)));
}
