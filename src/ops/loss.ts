/** Training losses over classes. */
import type { Shape } from "../graph/types.ts";
import { input, ranked, sizeOf, stringAttr, typed } from "./context.ts";
import type { CountContext, OpContext, Operator, Work } from "./types.ts";

/** Scores [N, C, d...] against labels [N, d...]: a scalar, or one loss a label without reduction. */
function lossShape(ctx: OpContext): Shape {
  const { shape } = ranked(ctx, 0, 2);
  return stringAttr(ctx, "reduction", "mean") === "none" ? [shape[0]!, ...shape.slice(2)] : [];
}

function work(ctx: CountContext, passes: number): Work {
  const shape = ctx.inputShapes[0]!;
  const rows = sizeOf(shape) / shape[1]!;
  return { kind: "reduce", rows, length: shape[1]!, passes, keepsShape: false };
}

/** An element: maximum, difference, exponential, sum, difference, as LogSoftmax. */
export const SoftmaxCrossEntropyLoss: Operator = {
  name: "SoftmaxCrossEntropyLoss",
  infer(ctx) {
    const scores = input(ctx, 0);
    return [typed(scores.dtype, lossShape(ctx)), typed(scores.dtype, scores.shape)];
  },
  count: (ctx) => ({ macs: 0, flops: 5 * sizeOf(ctx.inputShapes[0]!) }),
  work: (ctx) => work(ctx, 3),
};

/** One score is picked and weighted for each label. */
export const NegativeLogLikelihoodLoss: Operator = {
  name: "NegativeLogLikelihoodLoss",
  infer: (ctx) => [typed(input(ctx, 0).dtype, lossShape(ctx))],
  count: (ctx) => ({ macs: 0, flops: 2 * sizeOf(ctx.inputShapes[1]!) }),
  work: (ctx) => ({ kind: "copy", elements: sizeOf(ctx.inputShapes[1]!), irregular: true }),
};
