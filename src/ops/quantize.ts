/** Between floats and small integers. */
import type { DType } from "../graph/types.ts";
import { input, intAttr, optionalInput, sizeOf, typed } from "./context.ts";
import { dtypeOfCode } from "./dtype-code.ts";
import { pointwise } from "./pointwise.ts";
import type { OpContext, Operator } from "./types.ts";

/** The zero point's type, else `output_dtype`, else uint8. */
function quantized(ctx: OpContext): DType {
  const code = intAttr(ctx, "output_dtype", 0);
  return optionalInput(ctx, 2)?.dtype ?? (code === 0 ? "uint8" : dtypeOfCode(ctx, code));
}

/** saturate(round(x / scale) + zero): quotient, rounding, sum, two bounds. */
export const QuantizeLinear = pointwise({
  name: "QuantizeLinear",
  flops: 5,
  operands: [0],
  settings: [1, 2],
  dtype: quantized,
});

/** (x - zero) * scale */
export const DequantizeLinear: Operator = {
  ...pointwise({
    name: "DequantizeLinear",
    flops: 2,
    operands: [0],
    settings: [1, 2],
    dtype(ctx) {
      const code = intAttr(ctx, "output_dtype", 0);
      return code === 0 ? input(ctx, 1).dtype : dtypeOfCode(ctx, code);
    },
  }),
  integerWeights: [0],
};

/** Minimum and maximum, then as QuantizeLinear. */
export const DynamicQuantizeLinear: Operator = {
  name: "DynamicQuantizeLinear",
  infer: (ctx) => [typed("uint8", input(ctx, 0).shape), typed("float32", []), typed("uint8", [])],
  count: (ctx) => ({ macs: 0, flops: 7 * sizeOf(ctx.inputShapes[0]!) }),
  work: (ctx) => ({
    kind: "reduce",
    rows: 1,
    length: sizeOf(ctx.inputShapes[0]!),
    passes: 2,
    keepsShape: true,
  }),
};
