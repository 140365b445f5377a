/** Gradients of Conv. */

import { intAttr } from "../context.ts";
import { convWindow } from "../conv.ts";
import { geometryOf } from "./conv-geometry.ts";
import { convInput } from "./conv-input.ts";
import { convWeight } from "./conv-weight.ts";
import { range, reduceSum } from "./emit.ts";
import type { GradientContext, GradientRule } from "./types.ts";

export const conv: GradientRule = (ctx, [g]) => {
  const [x, w] = ctx.node.inputs as [string, string];
  const [inShape, outShape] = [ctx.shape(x), ctx.shape(ctx.node.outputs[0]!)];
  const geometry = geometryOf(
    ctx,
    convWindow(ctx, { x: 0, weight: 1, bias: 2 }),
    inShape.slice(2),
    outShape.slice(2),
    intAttr(ctx, "group", 1),
  );
  return [
    ctx.wanted(0) ? convInput(ctx, geometry, g!, w, x) : undefined,
    ctx.wanted(1) ? convWeight(ctx, geometry, g!, x, w) : undefined,
    ctx.wanted(2) ? channelSum(ctx, g!, outShape.length) : undefined,
  ];
};

/**
 * [N, C, ...] summed over all but the channels: first along rows that lie together in memory, which
 * ONNX Runtime does in up to half the time that all axes at once take.
 */
export function channelSum(ctx: GradientContext, g: string, rank: number): string {
  const rows = rank > 2 ? reduceSum(ctx, g, range(2, rank), false) : g;
  return reduceSum(ctx, rows, [0], false);
}
