/** Gradients of operators that give the same elements another shape, order or number. */
import { intsAttr } from "../context.ts";
import { range, reshapeAs, transpose as turn, unbroadcast } from "./emit.ts";
import type { GradientRule } from "./types.ts";

/** Reshape, Flatten, Squeeze, Unsqueeze: back to the input's shape. */
export const view: GradientRule = (ctx, [g]) => [reshapeAs(ctx, g!, ctx.node.inputs[0]!)];

export const identity: GradientRule = (_, [g]) => [g];

export const transpose: GradientRule = (ctx, [g]) => {
  const rank = ctx.shape(ctx.node.inputs[0]!).length;
  const perm = intsAttr(ctx, "perm") ?? range(0, rank).reverse();
  return [turn(ctx, g!, ...range(0, rank).map((axis) => perm.indexOf(axis)))];
};

export const expand: GradientRule = (ctx, [g]) => [
  unbroadcast(ctx, g!, ctx.shape(ctx.node.outputs[0]!), ctx.node.inputs[0]!),
];
