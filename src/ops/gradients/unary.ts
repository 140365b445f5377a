/** Gradients of mathematical functions of one element. */
import { elementwise } from "./arithmetic.ts";
import type { GradientRule } from "./types.ts";

/** Constant but for jumps, or independent of the input's elements. */
export const zero: GradientRule = () => [];

export const abs = elementwise((v, { x, g }) => v.mul(g, v.apply("Sign", x)));
export const neg = elementwise((v, { g }) => v.apply("Neg", g));
export const exp = elementwise((v, { y, g }) => v.mul(g, y));
export const log = elementwise((v, { x, g }) => v.div(g, x));
export const sqrt = elementwise((v, { y, g }) => v.div(v.mul(g, 0.5), y));
export const reciprocal = elementwise((v, { y, g }) => v.apply("Neg", v.mul(g, v.mul(y, y))));
export const sin = elementwise((v, { x, g }) => v.mul(g, v.apply("Cos", x)));
export const cos = elementwise((v, { x, g }) => v.apply("Neg", v.mul(g, v.apply("Sin", x))));
/** d tan(x) / dx = 1 + tan(x)^2 */
export const tan = elementwise((v, { y, g }) => v.mul(g, v.add(v.mul(y, y), 1)));
export const asin = elementwise((v, { x, g }) => v.div(g, v.apply("Sqrt", v.sub(1, v.mul(x, x)))));
export const acos = elementwise((v, { x, g }) =>
  v.apply("Neg", v.div(g, v.apply("Sqrt", v.sub(1, v.mul(x, x))))),
);
export const atan = elementwise((v, { x, g }) => v.div(g, v.add(v.mul(x, x), 1)));
export const sinh = elementwise((v, { x, g }) => v.mul(g, v.apply("Cosh", x)));
export const cosh = elementwise((v, { x, g }) => v.mul(g, v.apply("Sinh", x)));
export const asinh = elementwise((v, { x, g }) => v.div(g, v.apply("Sqrt", v.add(v.mul(x, x), 1))));
export const acosh = elementwise((v, { x, g }) => v.div(g, v.apply("Sqrt", v.sub(v.mul(x, x), 1))));
export const atanh = elementwise((v, { x, g }) => v.div(g, v.sub(1, v.mul(x, x))));
