/** Activations: one output element from one input element, fused behind a contraction. */
import { attributeValue } from "../graph/attribute.ts";
import { maxDims, minDims } from "../graph/dim.ts";
import { optionalInput } from "./context.ts";
import { pointwise } from "./pointwise.ts";
import type { Operator } from "./types.ts";

function activation(name: string, flops: number): Operator {
  return pointwise({ name, flops, operands: [0], epilogue: "activation" });
}

/** max(x, 0) */
export const Relu = pointwise({
  name: "Relu",
  flops: 1,
  epilogue: "activation",
  fold: ([x]) => maxDims(x!, 0),
});
/** x where x > threshold, else 0 */
export const ThresholdedRelu = activation("ThresholdedRelu", 1);
/** x < 0 ? alpha x : x */
export const LeakyRelu = activation("LeakyRelu", 2);
/** As LeakyRelu with a trained slope, which broadcasts one way: the output has the input's shape. */
export const PRelu = activation("PRelu", 2);
/** 1 / (1 + exp(-x)) */
export const Sigmoid = activation("Sigmoid", 4);
export const Tanh = activation("Tanh", 1);
/** max(0, min(1, alpha x + beta)) */
export const HardSigmoid = activation("HardSigmoid", 4);
/** x max(0, min(1, x/6 + 1/2)) */
export const HardSwish = activation("HardSwish", 5);
/** x sigmoid(alpha x) */
export const Swish = activation("Swish", 6);
/** x tanh(log(1 + exp(x))) */
export const Mish = activation("Mish", 5);
/** log(1 + exp(x)) */
export const Softplus = activation("Softplus", 3);
/** x / (1 + |x|) */
export const Softsign = activation("Softsign", 3);
/** x < 0 ? alpha (exp(x) - 1) : x */
export const Elu = activation("Elu", 4);
/** max(0, x) + min(0, alpha (exp(x / alpha) - 1)) */
export const Celu = activation("Celu", 7);
/** gamma (x <= 0 ? alpha exp(x) - alpha : x) */
export const Selu = activation("Selu", 5);
/** x > lambd ? x - bias : x < -lambd ? x + bias : 0 */
export const Shrink = activation("Shrink", 3);
export const Erf = activation("Erf", 1);

/** x/2 (1 + erf(x / sqrt 2)): 5; by tanh, x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))): 9. */
export const Gelu = pointwise({
  name: "Gelu",
  flops: (ctx) => (attributeValue(ctx.node, "approximate", "string") === "tanh" ? 9 : 5),
  epilogue: "activation",
});

/** Bounds are attributes before opset 11, inputs since; each costs a comparison. */
export const Clip = pointwise({
  name: "Clip",
  flops(ctx) {
    const low = ctx.attribute("min") ?? optionalInput(ctx, 1);
    const high = ctx.attribute("max") ?? optionalInput(ctx, 2);
    return (low ? 1 : 0) + (high ? 1 : 0);
  },
  operands: [0],
  epilogue: "activation",
  settings: [1, 2],
  fold([x], ctx) {
    const low = ctx.inputs[1] ? ctx.elements(1)?.elements[0] : Number.NEGATIVE_INFINITY;
    const high = ctx.inputs[2] ? ctx.elements(2)?.elements[0] : Number.POSITIVE_INFINITY;
    if (low === undefined || high === undefined) return undefined;
    const raised = low === Number.NEGATIVE_INFINITY ? x! : maxDims(x!, low);
    return high === Number.POSITIVE_INFINITY ? raised : minDims(raised, high);
  },
});
