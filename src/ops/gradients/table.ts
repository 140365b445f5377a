/** How each operator is differentiated: one line each. What is not here is named in an error. */
import type { Node } from "../../graph/types.ts";
import * as activation from "./activation.ts";
import { batchNormalization } from "./batch-normalization.ts";
import * as binary from "./binary.ts";
import { conv } from "./conv.ts";
import * as loss from "./loss.ts";
import { gemm, matMul } from "./matmul.ts";
import { maxPool } from "./max-pool.ts";
import { withOutput } from "./outputs.ts";
import * as pool from "./pool.ts";
import * as reduction from "./reduction.ts";
import * as shape from "./reshape.ts";
import { logSoftmax, softmax } from "./softmax.ts";
import type { Gradient, GradientRule } from "./types.ts";
import * as unary from "./unary.ts";

const rules = {
  Abs: unary.abs,
  Acos: unary.acos,
  Acosh: unary.acosh,
  Add: binary.add,
  Asin: unary.asin,
  Asinh: unary.asinh,
  Atan: unary.atan,
  Atanh: unary.atanh,
  AveragePool: pool.averagePool,
  BatchNormalization: batchNormalization,
  Ceil: unary.zero,
  Celu: activation.celu,
  Clip: activation.clip,
  Conv: conv,
  Cos: unary.cos,
  Cosh: unary.cosh,
  CumSum: reduction.cumSum,
  Div: binary.div,
  Elu: activation.elu,
  Erf: activation.erf,
  Exp: unary.exp,
  Expand: shape.expand,
  Flatten: shape.view,
  Floor: unary.zero,
  Gelu: activation.gelu,
  Gemm: gemm,
  GlobalAveragePool: pool.globalAveragePool,
  GlobalLpPool: pool.globalLpPool,
  GlobalMaxPool: pool.globalMaxPool,
  HardSigmoid: activation.hardSigmoid,
  HardSwish: activation.hardSwish,
  Identity: shape.identity,
  LeakyRelu: activation.leakyRelu,
  Log: unary.log,
  LogSoftmax: logSoftmax,
  LpPool: pool.lpPool,
  MatMul: matMul,
  Max: binary.extremum,
  MaxPool: maxPool,
  Mean: binary.mean,
  Min: binary.extremum,
  Mish: activation.mish,
  Mul: binary.mul,
  Neg: unary.neg,
  NegativeLogLikelihoodLoss: loss.negativeLogLikelihoodLoss,
  PRelu: activation.pRelu,
  Pow: binary.pow,
  Reciprocal: unary.reciprocal,
  ReduceL1: reduction.l1,
  ReduceL2: reduction.l2,
  ReduceLogSum: reduction.logSum,
  ReduceLogSumExp: reduction.logSumExp,
  ReduceMax: reduction.extremum,
  ReduceMean: reduction.mean,
  ReduceMin: reduction.extremum,
  ReduceProd: reduction.prod,
  ReduceSum: reduction.sum,
  ReduceSumSquare: reduction.sumSquare,
  Relu: activation.relu,
  Reshape: shape.view,
  Round: unary.zero,
  Selu: activation.selu,
  Shrink: activation.shrink,
  Sigmoid: activation.sigmoid,
  Sign: unary.zero,
  Sin: unary.sin,
  Sinh: unary.sinh,
  Softmax: softmax,
  SoftmaxCrossEntropyLoss: loss.softmaxCrossEntropyLoss,
  Softplus: activation.softplus,
  Softsign: activation.softsign,
  Sqrt: unary.sqrt,
  Squeeze: shape.view,
  Sub: binary.sub,
  Sum: binary.add,
  Swish: activation.swish,
  Tan: unary.tan,
  Tanh: activation.tanh,
  ThresholdedRelu: activation.thresholdedRelu,
  TopK: {
    forward: (ctx) => ({ indices: withOutput(ctx, 1, "indices") }),
    backward: reduction.topK,
  },
  Transpose: shape.transpose,
  Unsqueeze: shape.view,
  Where: binary.where,
} satisfies Record<string, Gradient | GradientRule>;

const byName: ReadonlyMap<string, Gradient> = new Map(
  Object.entries<Gradient | GradientRule>(rules).map(([op, rule]) => [
    op,
    typeof rule === "function" ? { backward: rule } : rule,
  ]),
);

/** Operators that have a gradient, of ONNX's own domain. */
export const differentiable: readonly string[] = [...byName.keys()];

export function gradientOf(node: Node): Gradient | undefined {
  return node.domain === "" || node.domain === "ai.onnx" ? byName.get(node.op) : undefined;
}
