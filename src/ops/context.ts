/** What shape rules ask of their node: attributes with defaults, inputs with shapes, errors. */
import { UserError } from "../base/errors.ts";
import { attributeValue } from "../graph/attribute.ts";
import type { Dim, DType, Shape, ValueType } from "../graph/types.ts";
import type { OpContext } from "./types.ts";

/** A value whose rank is known. */
export interface Shaped extends ValueType {
  readonly shape: Shape;
}

/** More axes than any framework has (NumPy and PyTorch: 64): the file asks for them by a long constant. */
const MAX_RANK = 1024;
/** Longer messages are cut: a file may hold an attribute of any length. */
const MAX_MESSAGE = 600;

export function fail(ctx: OpContext, message: string, hint?: string): UserError {
  const text =
    message.length <= MAX_MESSAGE
      ? message
      : `${message.slice(0, MAX_MESSAGE)}… (${message.length} characters)`;
  return new UserError(
    `${ctx.node.name} (${ctx.node.op}): ${text}`,
    hint === undefined ? {} : { hint },
  );
}

export function shapeText(shape: Shape | undefined): string {
  return shape === undefined ? "[?]" : `[${shape.join(",")}]`;
}

export function intAttr(ctx: OpContext, name: string, byDefault: number): number {
  return attributeValue(ctx.node, name, "int") ?? byDefault;
}

export function intsAttr(ctx: OpContext, name: string): readonly number[] | undefined {
  return attributeValue(ctx.node, name, "ints");
}

export function floatAttr(ctx: OpContext, name: string, byDefault: number): number {
  return attributeValue(ctx.node, name, "float") ?? byDefault;
}

export function stringAttr(ctx: OpContext, name: string, byDefault: string): string {
  return attributeValue(ctx.node, name, "string") ?? byDefault;
}

/** Input `i`. The analysis only calls a rule where every present input has a shape. */
export function input(ctx: OpContext, i: number): Shaped {
  const type = ctx.inputs[i];
  if (type === undefined)
    throw fail(
      ctx,
      `input ${i} is missing; the node has ${ctx.inputs.length} inputs`,
      "export the model again, or check the operator's opset",
    );
  if (type.shape === undefined) throw fail(ctx, `the shape of input ${i} is not known`);
  return type as Shaped;
}

export function optionalInput(ctx: OpContext, i: number): Shaped | undefined {
  return ctx.inputs[i] === undefined ? undefined : input(ctx, i);
}

/** Input `i` with at least `least` (and at most `most`) axes. */
export function ranked(ctx: OpContext, i: number, least: number, most = Infinity): Shaped {
  const type = input(ctx, i);
  const rank = type.shape.length;
  if (rank < least || rank > most)
    throw fail(
      ctx,
      `input ${i} is ${shapeText(type.shape)}, of rank ${rank}; expected rank ${
        least === most ? least : `${least}${most === Infinity ? " or more" : ` to ${most}`}`
      }`,
    );
  return type;
}

/** An axis in [0, rank), counted from the end where negative. */
export function axisIn(ctx: OpContext, axis: number, rank: number, what = "axis"): number {
  const out = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || out < 0 || out >= rank)
    throw fail(ctx, `${what} ${axis} is outside [${-rank}, ${rank - 1}] of rank ${rank}`);
  return out;
}

export function axesIn(ctx: OpContext, axes: readonly number[], rank: number): number[] {
  const out = axes.map((a) => axisIn(ctx, a, rank));
  if (new Set(out).size !== out.length)
    throw fail(ctx, `axes [${axes.join(",")}] name one axis twice`);
  return out;
}

/** The elements of input `i` as plain numbers; undefined where it is absent or not known. */
export function knownNumbers(ctx: OpContext, i: number): readonly number[] | undefined {
  const e = ctx.elements(i)?.elements;
  return e?.every((x) => typeof x === "number") ? (e as readonly number[]) : undefined;
}

/**
 * Dimensions of an input of which only the length is known: free, reported as a gap.
 *
 * @throws UserError for more axes than can be followed
 */
export function freshDims(ctx: OpContext, count: number, what: string): Dim[] {
  if (count > MAX_RANK)
    throw fail(
      ctx,
      `a shape of ${count} values asks for as many axes, at most ${MAX_RANK} are followed`,
      "check what computes the shape",
    );
  return Array.from({ length: count }, (_, i) => ctx.fresh(`${what}_${i}`));
}

export function same(type: ValueType): readonly ValueType[] {
  return [{ dtype: type.dtype, shape: type.shape }];
}

export function typed(dtype: DType, shape: Shape): ValueType {
  return { dtype, shape };
}

export function sizeOf(shape: readonly number[]): number {
  let n = 1;
  for (const d of shape) n *= d;
  return n;
}
