/** Gradients of operators that reorder, repeat, mask or convert elements. */
import { int } from "../../graph/attribute.ts";
import { fail, intAttr, knownNumbers, stringAttr } from "../context.ts";
import { Arithmetic } from "./arithmetic.ts";
import {
  axisOf,
  dtypeCode,
  dtypeOf,
  emit,
  reduceSum,
  reshape,
  reshapeAs,
  transpose,
} from "./emit.ts";
import { withOutputs } from "./outputs.ts";
import type { Gradient, GradientRule } from "./types.ts";

/** The copies of each element are summed. */
export const tile: GradientRule = (ctx, [g]) => {
  const x = ctx.node.inputs[0]!;
  const repeats = knownNumbers(ctx, 1);
  if (repeats === undefined)
    throw fail(ctx, "its repeats are computed from data", "make them constant");
  const copies: number[] = [];
  const target = repeats.flatMap((n, axis) => {
    const size = axisOf(ctx, x, axis);
    if (n === 1) return [size];
    copies.push(axis + copies.length);
    return [n, size];
  });
  return [copies.length === 0 ? g : reduceSum(ctx, reshape(ctx, g!, target), copies, false)];
};

/** Depth [b, b, C'] (DCR) is what SpaceToDepth gives; for [C', b, b] (CRD) axes are moved. */
export const depthToSpace: GradientRule = (ctx, [g]) => {
  const x = ctx.node.inputs[0]!;
  const b = intAttr(ctx, "blocksize", 1);
  if (stringAttr(ctx, "mode", "DCR") === "DCR")
    return [emit(ctx, "SpaceToDepth", [g!], { blocksize: int(b) })];
  const y = ctx.node.outputs[0]!;
  const [batch, channels, height, width] = [
    axisOf(ctx, x, 0),
    axisOf(ctx, y, 1),
    axisOf(ctx, x, 2),
    axisOf(ctx, x, 3),
  ];
  const split = reshape(ctx, g!, [batch, channels, height, b, width, b]);
  return [reshapeAs(ctx, transpose(ctx, split, 0, 1, 3, 5, 2, 4), x)];
};

export const spaceToDepth: GradientRule = (ctx, [g]) => [
  emit(ctx, "DepthToSpace", [g!], { blocksize: int(intAttr(ctx, "blocksize", 1)) }),
];

/** The same node on the gradient: it is its own adjoint. */
export const selfAdjoint: GradientRule = (ctx, [g]) => [
  emit(ctx, ctx.node.op, [g!, ...ctx.node.inputs.slice(1)], ctx.node.attributes),
];

/** Back to the input's type. */
export const cast: GradientRule = (ctx, [g]) => [
  emit(ctx, "Cast", [g!], { to: int(dtypeCode(ctx, dtypeOf(ctx))) }),
];

/** In training y = x mask / (1 - ratio), else the identity. */
export const dropout: Gradient = {
  forward: (ctx) =>
    mode(ctx) === "off" ? undefined : { mask: withOutputs(ctx, ["", "mask"])[1]! },
  backward(ctx, [g]) {
    const training = mode(ctx);
    if (training === "off") return [g];
    const [, ratio, flag] = ctx.node.inputs;
    const v = new Arithmetic(ctx);
    const known = ratio ? ctx.elements(1)?.elements[0] : 0.5;
    const factor = (): string | number => {
      if (typeof known === "number") return known >= 1 ? 0 : 1 / (1 - known);
      const own = emit(ctx, "CastLike", [ratio!, ctx.node.inputs[0]!]);
      return v.div(1, v.sub(1, own));
    };
    const scale = training === "on" ? factor() : v.where(flag!, factor(), 1);
    return [v.where(ctx.saved.mask!, v.mul(g!, scale), 0)];
  },
};

/** Whether a Dropout drops: constant, or for the data to say. */
function mode(ctx: Parameters<GradientRule>[0]): "on" | "off" | "open" {
  const flag = ctx.node.inputs[2];
  if (flag === undefined || flag === "") return "off";
  const known = ctx.elements(2)?.elements[0];
  return known === undefined ? "open" : known === 0 ? "off" : "on";
}
