/** Pieces that gradient rules are made of: constants, shapes, reductions in the form of the opset. */
import { int, ints } from "../../graph/attribute.ts";
import { isStatic } from "../../graph/dim.ts";
import { elementCount, int64s, tensorOf } from "../../graph/tensor.ts";
import type { Attribute, DType, Shape } from "../../graph/types.ts";
import { fail, input, shapeText } from "../context.ts";
import type { GradientContext } from "./types.ts";

/** Adds a node with one output. */
export function emit(
  ctx: GradientContext,
  op: string,
  inputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
): string {
  return ctx.builder.add(op, inputs, attributes);
}

/** Element type of the node's first input, which is that of its gradient. */
export function dtypeOf(ctx: GradientContext): DType {
  return input(ctx, 0).dtype;
}

/** A constant of rank 0, by default of the type of input 0. */
export function scalar(ctx: GradientContext, value: number, dtype: DType = dtypeOf(ctx)): string {
  return ctx.builder.constant(tensorOf(dtype as "float32", [], [value]));
}

/** A constant list of int64. */
export function list(ctx: GradientContext, values: readonly number[]): string {
  return ctx.builder.constant(int64s(values));
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

type Reduction = "ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceProd" | "ReduceLogSumExp";

/** Axes are an input since opset 13 for ReduceSum and 18 for the others. */
export function reduce(
  ctx: GradientContext,
  op: Reduction,
  x: string,
  axes: readonly number[],
  keep: boolean,
): string {
  const keepdims = int(keep ? 1 : 0);
  if (ctx.opset >= (op === "ReduceSum" ? 13 : 18))
    return emit(ctx, op, [x, list(ctx, axes)], { keepdims });
  return emit(ctx, op, [x], { keepdims, axes: ints(...axes) });
}

export function reduceSum(
  ctx: GradientContext,
  x: string,
  axes: readonly number[],
  keep: boolean,
): string {
  return reduce(ctx, "ReduceSum", x, axes, keep);
}

export function unsqueeze(ctx: GradientContext, x: string, ...axes: readonly number[]): string {
  return axes.length === 0 ? x : emit(ctx, "Unsqueeze", [x, list(ctx, axes)]);
}

export function squeeze(ctx: GradientContext, x: string, ...axes: readonly number[]): string {
  return axes.length === 0 ? x : emit(ctx, "Squeeze", [x, list(ctx, axes)]);
}

export function transpose(ctx: GradientContext, x: string, ...perm: readonly number[]): string {
  return perm.every((p, i) => p === i) ? x : emit(ctx, "Transpose", [x], { perm: ints(...perm) });
}

/** Elements [start, end) of one axis, `step` apart; the bounds count from the end where negative. */
export function slice(
  ctx: GradientContext,
  x: string,
  axes: readonly number[],
  starts: readonly number[],
  ends: readonly number[],
  steps: readonly number[] = axes.map(() => 1),
): string {
  return emit(ctx, "Slice", [x, ...[starts, ends, axes, steps].map((v) => list(ctx, v))]);
}

/** The elements of `axes` (of the given sizes) in reverse order. */
export function flip(
  ctx: GradientContext,
  x: string,
  axes: readonly number[],
  sizes: readonly number[],
): string {
  const which = axes.filter((_, i) => sizes[i] !== 1);
  if (which.length === 0) return x;
  const ends = axes.flatMap((_, i) => (sizes[i] === 1 ? [] : [-sizes[i]! - 1]));
  return slice(
    ctx,
    x,
    which,
    which.map(() => -1),
    ends,
    which.map(() => -1),
  );
}

/** Zeros before and after each axis; `amounts` in ONNX's order, all befores and then all afters. */
export function padZeros(ctx: GradientContext, x: string, amounts: readonly number[]): string {
  if (amounts.every((a) => a === 0)) return x;
  return emit(ctx, "Pad", [x, list(ctx, amounts)]);
}

/** The shape of a forward value as a list of int64: a constant where it is known. */
export function dims(ctx: GradientContext, value: string): string {
  const shape = ctx.shape(value);
  return isStatic(shape) ? list(ctx, shape) : ctx.builder.addShared("Shape", [value]);
}

/** One axis of a forward value: its size where that is known. */
export interface AxisOf {
  readonly value: string;
  readonly axis: number;
}

export type TargetDim = number | AxisOf;

/** The axes of a forward value as targets of a Reshape. */
export function axesOf(
  ctx: GradientContext,
  value: string,
  from = 0,
  to = ctx.shape(value).length,
): TargetDim[] {
  return range(from, to).map((axis) => axisOf(ctx, value, axis));
}

export function axisOf(ctx: GradientContext, value: string, axis: number): TargetDim {
  const d = ctx.shape(value)[axis]!;
  return typeof d === "number" ? d : { value, axis };
}

/** A list of int64 from sizes that are known and sizes that are read off values. */
export function sizes(ctx: GradientContext, target: readonly TargetDim[]): string {
  const parts: string[] = [];
  let known: number[] = [];
  const flush = () => {
    if (known.length > 0) parts.push(list(ctx, known));
    known = [];
  };
  for (const t of target) {
    if (typeof t === "number") known.push(t);
    else {
      flush();
      const all = ctx.builder.addShared("Shape", [t.value]);
      parts.push(ctx.builder.addShared("Gather", [all, list(ctx, [t.axis])]));
    }
  }
  flush();
  return parts.length === 1 ? parts[0]! : emit(ctx, "Concat", parts, { axis: int(0) });
}

/** Reshape; one size that is not known is left to the operator (-1), more are read off. */
export function reshape(ctx: GradientContext, x: string, target: readonly TargetDim[]): string {
  const open = target.filter((t) => typeof t !== "number").length;
  const shape =
    open <= 1 && !target.includes(0) && !(open === 1 && target.includes(-1))
      ? list(
          ctx,
          target.map((t) => (typeof t === "number" ? t : -1)),
        )
      : sizes(ctx, target);
  return emit(ctx, "Reshape", [x, shape], target.includes(0) ? { allowzero: int(1) } : {});
}

/** `x` in the shape of a forward value with as many elements. */
export function reshapeAs(ctx: GradientContext, x: string, value: string): string {
  return reshape(ctx, x, axesOf(ctx, value));
}

/** `x` repeated to the shape of a forward value. */
export function expandAs(ctx: GradientContext, x: string, value: string): string {
  return emit(ctx, "Expand", [x, dims(ctx, value)]);
}

/**
 * `x` repeated along `axes`, where it has size 1, to the size that the forward value has there.
 * Needs no other size: Expand keeps an axis that it is given as 1.
 */
export function expandOver(
  ctx: GradientContext,
  x: string,
  value: string,
  axes: readonly number[],
): string {
  const shape = ctx.shape(value);
  if (axes.length === shape.length) return expandAs(ctx, x, value);
  const target = shape.map((_, i) => (axes.includes(i) ? axisOf(ctx, value, i) : 1));
  return target.every((t) => t === 1) ? x : emit(ctx, "Expand", [x, sizes(ctx, target)]);
}

export function zerosLike(ctx: GradientContext, value: string): string {
  const zero = tensorOf(ctx.type(value).dtype as "float32", [1], [0]);
  return ctx.builder.addShared("ConstantOfShape", [dims(ctx, value)], {
    value: { kind: "tensor", value: zero },
  });
}

/** Number of elements of `value` over `axes`, as a scalar of the type of input 0. */
export function countOver(ctx: GradientContext, value: string, axes: readonly number[]): string {
  const shape = ctx.shape(value);
  const over = axes.map((a) => shape[a]!);
  if (isStatic(over)) return scalar(ctx, elementCount(over));
  const all = ctx.builder.addShared("Shape", [value]);
  const some = ctx.builder.addShared("Gather", [all, list(ctx, axes)]);
  return ctx.builder.addShared("Cast", [reduce(ctx, "ReduceProd", some, [0], false)], {
    to: int(dtypeCode(ctx, dtypeOf(ctx))),
  });
}

/** ONNX's numbers for floating-point types. */
export function dtypeCode(ctx: GradientContext, dtype: DType): number {
  const code = { float32: 1, float16: 10, float64: 11, bfloat16: 16 }[dtype as string];
  if (code === undefined) throw fail(ctx, `no gradient in ${dtype}`);
  return code;
}

/**
 * The sum over what broadcasting has repeated: from the gradient by a result to that by an operand.
 *
 * @param g of shape `from`
 * @returns of the shape of the forward value `to`
 * @throws UserError where free dimensions leave open whether `to` was repeated
 */
export function unbroadcast(ctx: GradientContext, g: string, from: Shape, to: string): string {
  const shape = ctx.shape(to);
  const lead = from.length - shape.length;
  const repeated: number[] = [];
  shape.forEach((d, i) => {
    const whole = from[i + lead]!;
    if (d === whole) return;
    if (d !== 1)
      throw fail(
        ctx,
        `axis ${i} of ${to} is ${d} against ${whole} in ${shapeText(from)}: whether it is broadcast is open`,
        "give numbers to the free dimensions before differentiating",
      );
    repeated.push(i + lead);
  });
  if (lead === 0) return repeated.length === 0 ? g : reduceSum(ctx, g, repeated, true);
  if (repeated.length === 0) return reduceSum(ctx, g, range(0, lead), false);
  const sum = reduceSum(ctx, g, [...range(0, lead), ...repeated], true);
  return squeeze(ctx, sum, ...range(0, lead));
}
