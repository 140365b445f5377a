/** Arithmetic of two or more broadcast operands. */
import { addDims, dimBounds, maxDims, minDims, modDims, mulDims, subDims } from "../graph/dim.ts";
import type { Dim } from "../graph/types.ts";
import { input, intAttr } from "./context.ts";
import { isInteger, truncatedDiv } from "./elements.ts";
import { pointwise } from "./pointwise.ts";
import type { OpContext } from "./types.ts";

export const Add = pointwise({
  name: "Add",
  flops: 1,
  operands: [0, 1],
  epilogue: "add",
  settings: "scalars",
  fold: ([a, b]) => addDims(a!, b!),
});

export const Sub = pointwise({
  name: "Sub",
  flops: 1,
  operands: [0, 1],
  settings: "scalars",
  fold: ([a, b]) => subDims(a!, b!),
});

export const Mul = pointwise({
  name: "Mul",
  flops: 1,
  operands: [0, 1],
  epilogue: "affine",
  settings: "scalars",
  fold: ([a, b]) => mulDims(a!, b!),
});

export const Div = pointwise({
  name: "Div",
  flops: 1,
  operands: [0, 1],
  settings: "scalars",
  fold: ([a, b], ctx) => divide(a!, b!, ctx),
});

/** Integers truncate. A free dimension by a float only where the reciprocal is exact in binary. */
function divide(a: Dim, b: Dim, ctx: OpContext): Dim | undefined {
  if (isInteger(input(ctx, 0).dtype)) {
    const whole = dimBounds(a)[0] >= 0 && dimBounds(b)[0] > 0;
    return whole || (typeof a === "number" && typeof b === "number")
      ? truncatedDiv(a, b)
      : undefined;
  }
  if (typeof a === "number" && typeof b === "number") return a / b;
  if (typeof b !== "number" || !Number.isInteger(Math.log2(Math.abs(b)))) return undefined;
  return mulDims(a, 1 / b);
}

/** `fmod` 0 takes the divisor's sign, 1 the dividend's. */
export const Mod = pointwise({
  name: "Mod",
  flops: 1,
  operands: [0, 1],
  settings: "scalars",
  fold([a, b], ctx) {
    if (b === 0) return undefined;
    if (typeof a === "number" && typeof b === "number")
      return intAttr(ctx, "fmod", 0) ? a % b : a - b * Math.floor(a / b);
    return dimBounds(a!)[0] >= 0 && dimBounds(b!)[0] > 0 ? modDims(a!, b!) : undefined;
  },
});

export const Pow = pointwise({
  name: "Pow",
  flops: 1,
  operands: [0, 1],
  settings: "scalars",
  fold([a, b]) {
    if (typeof a === "number" && typeof b === "number") return a ** b;
    if (typeof b !== "number" || !Number.isInteger(b) || b < 0 || b > 8) return undefined;
    let out: Dim = 1;
    for (let i = 0; i < b; i++) out = mulDims(out, a!);
    return out;
  },
});

const perOperand = (ctx: OpContext) => ctx.inputs.length - 1;

export const Max = pointwise({
  name: "Max",
  flops: perOperand,
  settings: "scalars",
  fold: (values) => values.reduce(maxDims),
});
export const Min = pointwise({
  name: "Min",
  flops: perOperand,
  settings: "scalars",
  fold: (values) => values.reduce(minDims),
});
export const Sum = pointwise({
  name: "Sum",
  flops: perOperand,
  epilogue: "add",
  settings: "scalars",
  fold: (values) => values.reduce(addDims),
});
/** Additions and one division. */
export const Mean = pointwise({
  name: "Mean",
  flops: (ctx) => ctx.inputs.length,
  settings: "scalars",
});
