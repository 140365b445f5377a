/** Comparisons, logic, choice and conversion. */
import { dimBounds, floorDiv, subDims } from "../graph/dim.ts";
import type { Dim } from "../graph/types.ts";
import { input, intAttr } from "./context.ts";
import { dtypeOfCode } from "./dtype-code.ts";
import { equalDims, isFloat, isInteger } from "./elements.ts";
import { pointwise } from "./pointwise.ts";
import type { OpContext, Operator } from "./types.ts";

const bool = () => "bool" as const;

function comparison(name: string, fold: (a: Dim, b: Dim) => Dim | undefined): Operator {
  return pointwise({
    name,
    flops: 1,
    operands: [0, 1],
    dtype: bool,
    settings: "scalars",
    fold: ([a, b]) => fold(a!, b!),
  });
}

/** Whether a < b: 1, 0, or undefined where the symbols decide. */
function less(a: Dim, b: Dim): number | undefined {
  const [low, high] = dimBounds(subDims(b, a));
  return low > 0 ? 1 : high <= 0 ? 0 : undefined;
}

function not(x: number | undefined): number | undefined {
  return x === undefined ? undefined : 1 - x;
}

export const Equal = comparison("Equal", equalDims);
export const Less = comparison("Less", less);
export const Greater = comparison("Greater", (a, b) => less(b, a));
export const LessOrEqual = comparison("LessOrEqual", (a, b) => not(less(b, a)));
export const GreaterOrEqual = comparison("GreaterOrEqual", (a, b) => not(less(a, b)));

function logical(name: string, fold: (a: number, b: number) => number): Operator {
  return pointwise({
    name,
    flops: 1,
    operands: [0, 1],
    dtype: bool,
    fold: ([a, b]) => (typeof a === "number" && typeof b === "number" ? fold(a, b) : undefined),
  });
}

export const And = logical("And", (a, b) => a & b);
export const Or = logical("Or", (a, b) => a | b);
export const Xor = logical("Xor", (a, b) => a ^ b);
export const Not = pointwise({
  name: "Not",
  flops: 1,
  fold: ([a]) => (typeof a === "number" ? 1 - a : undefined),
});

export const BitwiseAnd = pointwise({ name: "BitwiseAnd", flops: 1, operands: [0, 1] });
export const BitwiseOr = pointwise({ name: "BitwiseOr", flops: 1, operands: [0, 1] });
export const BitwiseXor = pointwise({ name: "BitwiseXor", flops: 1, operands: [0, 1] });
export const BitwiseNot = pointwise({ name: "BitwiseNot", flops: 1 });
export const BitShift = pointwise({ name: "BitShift", flops: 1, operands: [0, 1] });

export const IsNaN = pointwise({ name: "IsNaN", flops: 1, dtype: bool });
export const IsInf = pointwise({ name: "IsInf", flops: 1, dtype: bool });

export const Where = pointwise({
  name: "Where",
  flops: 1,
  operands: [0, 1, 2],
  settings: "scalars",
  dtype: (ctx) => input(ctx, 1).dtype,
  fold: ([condition, a, b]) => (condition === 1 ? a : condition === 0 ? b : equal(a!, b!)),
});

function equal(a: Dim, b: Dim): Dim | undefined {
  return a === b ? a : undefined;
}

/** Numbers to the type of another; floats to integers by truncation. */
function convert(x: Dim, ctx: OpContext, to: ReturnType<typeof dtypeOfCode>): Dim | undefined {
  if (to === "bool") return typeof x === "number" ? (x === 0 ? 0 : 1) : not(equalDims(x, 0));
  if (!isInteger(to)) return isFloat(to) ? x : undefined;
  if (typeof x === "number") return Number.isFinite(x) ? Math.trunc(x) : undefined;
  if (isInteger(input(ctx, 0).dtype)) return x;
  return dimBounds(x)[0] >= 0 ? floorDiv(x, 1) : undefined;
}

const target = (ctx: OpContext) => dtypeOfCode(ctx, intAttr(ctx, "to", 0));

export const Cast = pointwise({
  name: "Cast",
  flops: 1,
  dtype: target,
  fold: ([x], ctx) => convert(x!, ctx, target(ctx)),
});

export const CastLike = pointwise({
  name: "CastLike",
  flops: 1,
  operands: [0],
  dtype: (ctx) => input(ctx, 1).dtype,
  fold: ([x], ctx) => convert(x!, ctx, input(ctx, 1).dtype),
});

/** The same bits under another type of the same width. */
export const BitCast: Operator = {
  name: "BitCast",
  infer: (ctx) => [{ dtype: target(ctx), shape: input(ctx, 0).shape }],
  work: () => ({ kind: "view" }),
  bytes: () => ({ read: 0, written: 0 }),
};
