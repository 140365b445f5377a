/** Gradients of reductions, cumulative sums and TopK. */
import { int } from "../../graph/attribute.ts";
import { axesIn, axisIn, fail, intAttr, intsAttr, knownNumbers } from "../context.ts";
import { Arithmetic } from "./arithmetic.ts";
import {
  countOver,
  dtypeCode,
  dtypeOf,
  emit,
  expandOver,
  range,
  reduce,
  reduceSum,
  unsqueeze,
  zerosLike,
} from "./emit.ts";
import type { GradientContext, GradientRule } from "./types.ts";

interface Reduced {
  readonly v: Arithmetic;
  readonly x: string;
  /** The result and its gradient, reduced axes kept as 1. */
  readonly y: string;
  readonly g: string;
  readonly axes: readonly number[];
}

/** The axes that the node reduces; undefined: none at all. */
function reducedAxes(ctx: GradientContext): readonly number[] | undefined {
  const rank = ctx.shape(ctx.node.inputs[0]!).length;
  const second = ctx.node.inputs[1];
  const byInput = second !== undefined && second !== "";
  const given = byInput ? knownNumbers(ctx, 1) : intsAttr(ctx, "axes");
  if (byInput && given === undefined)
    throw fail(ctx, "its axes are computed from data", "make them constant");
  if (given !== undefined && given.length > 0) return axesIn(ctx, given, rank);
  return intAttr(ctx, "noop_with_empty_axes", 0) === 1 ? undefined : range(0, rank);
}

/** @param derivative d loss / d x; what it leaves at size 1 along the axes is repeated */
function reduction(
  derivative: (ctx: GradientContext, operands: Reduced) => string,
  withoutAxes: (v: Arithmetic, x: string, y: string, g: string) => string,
): GradientRule {
  return (ctx, [g]) => {
    const x = ctx.node.inputs[0]!;
    const y = ctx.node.outputs[0]!;
    const v = new Arithmetic(ctx);
    const axes = reducedAxes(ctx);
    if (axes === undefined) return [withoutAxes(v, x, y, g!)];
    const kept = intAttr(ctx, "keepdims", 1) === 1;
    const sorted = axes.toSorted((a, b) => a - b);
    const keep = (value: string) => (kept ? value : unsqueeze(ctx, value, ...sorted));
    let keptY: string | undefined;
    const operands = {
      v,
      x,
      get y() {
        keptY ??= keep(y);
        return keptY;
      },
      g: keep(g!),
      axes,
    };
    return [derivative(ctx, operands)];
  };
}

const same = (_: Arithmetic, __: string, ___: string, g: string) => g;
const signed = (v: Arithmetic, x: string, _: string, g: string) => v.mul(g, v.apply("Sign", x));

export const sum = reduction((ctx, { x, g, axes }) => expandOver(ctx, g, x, axes), same);

export const mean = reduction(
  (ctx, { v, x, g, axes }) => expandOver(ctx, v.div(g, countOver(ctx, x, axes)), x, axes),
  same,
);

/** Equal elements share the gradient evenly. */
export const extremum = reduction((ctx, { v, x, y, g, axes }) => {
  const to = int(dtypeCode(ctx, dtypeOf(ctx)));
  const hit = emit(ctx, "Cast", [emit(ctx, "Equal", [x, y])], { to });
  return v.mul(hit, v.div(g, reduceSum(ctx, hit, axes, true)));
}, same);

export const l1 = reduction((_, { v, x, g }) => v.mul(v.apply("Sign", x), g), signed);

/** y = |x|: x / y, and 0 where all of x is 0. */
export const l2 = reduction((_, { v, x, y, g }) => {
  const safe = v.where(v.apply("Equal", y, 0), 1, y);
  return v.mul(x, v.div(g, safe));
}, signed);

export const sumSquare = reduction(
  (_, { v, x, g }) => v.mul(x, v.mul(g, 2)),
  (v, x, _, g) => v.mul(x, v.mul(g, 2)),
);

/** y = log(sum(x)): dy/dx = exp(-y). */
export const logSum = reduction(
  (ctx, { v, x, y, g, axes }) =>
    expandOver(ctx, v.mul(g, v.apply("Exp", v.apply("Neg", y))), x, axes),
  (v, x, _, g) => v.div(g, x),
);

/** y = log(sum(exp(x))): dy/dx = exp(x - y). */
export const logSumExp = reduction(
  (_, { v, x, y, g }) => v.mul(v.apply("Exp", v.sub(x, y)), g),
  same,
);

/**
 * The product of all other elements: P / x with P the product of those that are not 0. Beside one 0
 * the others have no gradient, beside two none has.
 */
export const prod = reduction((ctx, { v, x, g, axes }) => {
  const isZero = v.apply("Equal", x, 0);
  const to = int(dtypeCode(ctx, dtypeOf(ctx)));
  const zeros = reduceSum(ctx, emit(ctx, "Cast", [isZero], { to }), axes, true);
  const safe = v.where(isZero, 1, x);
  const scaled = v.mul(g, reduce(ctx, "ReduceProd", safe, axes, true));
  const whole = v.where(v.apply("Equal", zeros, 0), scaled, 0);
  const alone = v.where(v.apply("Equal", zeros, 1), scaled, 0);
  return v.where(isZero, alone, v.div(whole, safe));
}, same);

/** The sum from the other side. */
export const cumSum: GradientRule = (ctx, [g]) => [
  emit(ctx, "CumSum", [g!, ctx.node.inputs[1]!], {
    exclusive: int(intAttr(ctx, "exclusive", 0)),
    reverse: int(1 - intAttr(ctx, "reverse", 0)),
  }),
];

/** Each value goes back to where it stood. */
export const topK: GradientRule = (ctx, [g]) => {
  const x = ctx.node.inputs[0]!;
  const axis = axisIn(ctx, intAttr(ctx, "axis", -1), ctx.shape(x).length);
  const indices = ctx.saved.indices!;
  return [emit(ctx, "ScatterElements", [zerosLike(ctx, x), indices, g!], { axis: int(axis) })];
};
