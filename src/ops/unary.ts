/** Mathematical functions of one element, one FLOP each. */
import { dimBounds, floorDiv, subDims } from "../graph/dim.ts";
import type { Dim } from "../graph/types.ts";
import { pointwise } from "./pointwise.ts";
import type { Operator } from "./types.ts";

/** @param symbolic the result for an expression over free dimensions, where it has one */
function unary(
  name: string,
  value?: (x: number) => number,
  symbolic: (x: Dim) => Dim | undefined = () => undefined,
): Operator {
  return pointwise({
    name,
    flops: 1,
    ...(value && { fold: ([x]) => (typeof x === "number" ? value(x) : symbolic(x!)) }),
  });
}

/** To the nearest integer, halves to the even one. */
function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  const half = x - low;
  if (half !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

export const Abs = unary("Abs", Math.abs, (x) => (dimBounds(x)[0] >= 0 ? x : undefined));
export const Neg = unary(
  "Neg",
  (x) => -x,
  (x) => subDims(0, x),
);
export const Floor = unary("Floor", Math.floor, (x) => floorDiv(x, 1));
export const Ceil = unary("Ceil", Math.ceil, (x) => subDims(0, floorDiv(subDims(0, x), 1)));
export const Round = unary("Round", roundHalfEven);
export const Sign = unary("Sign", Math.sign);
export const Sqrt = unary("Sqrt", Math.sqrt);
export const Exp = unary("Exp", Math.exp);
export const Log = unary("Log", Math.log);
export const Reciprocal = unary("Reciprocal", (x) => 1 / x);
export const Sin = unary("Sin", Math.sin);
export const Cos = unary("Cos", Math.cos);
export const Tan = unary("Tan");
export const Asin = unary("Asin");
export const Acos = unary("Acos");
export const Atan = unary("Atan");
export const Sinh = unary("Sinh");
export const Cosh = unary("Cosh");
export const Asinh = unary("Asinh");
export const Acosh = unary("Acosh");
export const Atanh = unary("Atanh");
