/** Gradient of Pad in its four modes. */
import { axesIn, fail, knownNumbers, stringAttr } from "../context.ts";
import { Arithmetic } from "./arithmetic.ts";
import { mapMatrix, throughMap } from "./axis-map.ts";
import { axesOf, emit, list, range, reduceSum, type TargetDim } from "./emit.ts";
import type { GradientContext, GradientRule } from "./types.ts";

export const pad: GradientRule = (ctx, [g]) => {
  const amounts = padding(ctx);
  const mode = stringAttr(ctx, "mode", "constant");
  if (mode !== "constant") return [repeated(ctx, g!, amounts, mode)];
  const rank = amounts.length;
  const inner = amounts.every(([before, after]) => before === 0 && after === 0)
    ? g!
    : emit(ctx, "Pad", [
        g!,
        list(ctx, [...amounts.map(([before]) => -before), ...amounts.map(([, after]) => -after)]),
      ]);
  if (!ctx.wanted(2)) return [inner];
  // What is left of the gradient went to the constant; elements that padding cuts off have none.
  const all = range(0, rank);
  const kept = amounts.map(([before, after]) => [Math.max(0, before), Math.max(0, after)]);
  const core = emit(ctx, "Pad", [
    g!,
    list(ctx, [...kept.map(([before]) => -before!), ...kept.map(([, after]) => -after!)]),
  ]);
  const v = new Arithmetic(ctx);
  const constant = v.sub(reduceSum(ctx, g!, all, false), reduceSum(ctx, core, all, false));
  return [inner, undefined, constant];
};

function padding(ctx: GradientContext): readonly (readonly [number, number])[] {
  const rank = ctx.shape(ctx.node.inputs[0]!).length;
  const pads = knownNumbers(ctx, 1);
  const given = ctx.node.inputs[3];
  const axes = given === undefined || given === "" ? range(0, rank) : knownNumbers(ctx, 3);
  if (pads === undefined || axes === undefined)
    throw fail(ctx, "its padding is computed from data", "make it constant");
  const which = axesIn(ctx, axes, rank);
  return range(0, rank).map((axis) => {
    const i = which.indexOf(axis);
    return i < 0 ? [0, 0] : [pads[i]!, pads[i + which.length]!];
  });
}

/** Reflect, edge and wrap repeat elements of each axis by themselves. */
function repeated(
  ctx: GradientContext,
  g: string,
  amounts: readonly (readonly [number, number])[],
  mode: string,
): string {
  const x = ctx.shape(ctx.node.inputs[0]!);
  let shape: TargetDim[] = axesOf(ctx, ctx.node.outputs[0]!);
  let out = g;
  amounts.forEach(([before, after], axis) => {
    if (before === 0 && after === 0) return;
    const from = x[axis]!;
    if (typeof from !== "number")
      throw fail(
        ctx,
        `axis ${axis} of ${from} is padded by ${mode}`,
        "give numbers to the free dimensions before differentiating",
      );
    const matrix = mapMatrix(ctx, from, 0, (eye) =>
      emit(ctx, "Pad", [eye, list(ctx, [0, before, 0, after])], {
        mode: { kind: "string", value: mode },
      }),
    );
    out = throughMap(ctx, out, shape, axis, matrix, from);
    shape = shape.with(axis, from);
  });
  return out;
}
