/** How each operator is differentiated: one line each. What is not here is named in an error. */
import type { Node } from "../../graph/types.ts";
import * as activation from "./activation.ts";
import { batchNormalization } from "./batch-normalization.ts";
import * as binary from "./binary.ts";
import { conv } from "./conv.ts";
import { convTranspose } from "./conv-transpose.ts";
import { einsum } from "./einsum.ts";
import * as gather from "./gather.ts";
import * as loss from "./loss.ts";
import { lrn } from "./lrn.ts";
import { gemm, matMul } from "./matmul.ts";
import { maxPool } from "./max-pool.ts";
import * as movement from "./movement.ts";
import * as normalization from "./normalization.ts";
import { withOutputs } from "./outputs.ts";
import { pad } from "./pad.ts";
import * as pool from "./pool.ts";
import * as reduction from "./reduction.ts";
import * as shape from "./reshape.ts";
import { resize } from "./resize.ts";
import * as slice from "./slice.ts";
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
  Bernoulli: unary.zero,
  Cast: movement.cast,
  CastLike: movement.cast,
  Ceil: unary.zero,
  Celu: activation.celu,
  Clip: activation.clip,
  Concat: slice.concat,
  Conv: conv,
  ConvTranspose: convTranspose,
  Cos: unary.cos,
  Cosh: unary.cosh,
  CumSum: reduction.cumSum,
  DepthToSpace: movement.depthToSpace,
  Div: binary.div,
  Dropout: movement.dropout,
  Einsum: einsum,
  Elu: activation.elu,
  Erf: activation.erf,
  Exp: unary.exp,
  Expand: shape.expand,
  EyeLike: unary.zero,
  Flatten: shape.view,
  Floor: unary.zero,
  Gather: gather.gather,
  GatherElements: gather.gatherElements,
  GatherND: gather.gatherND,
  Gelu: activation.gelu,
  Gemm: gemm,
  GlobalAveragePool: pool.globalAveragePool,
  GlobalLpPool: pool.globalLpPool,
  GlobalMaxPool: pool.globalMaxPool,
  GroupNormalization: normalization.groupNormalization,
  HardSigmoid: activation.hardSigmoid,
  HardSwish: activation.hardSwish,
  Identity: shape.identity,
  InstanceNormalization: normalization.instanceNormalization,
  LRN: lrn,
  LayerNormalization: normalization.layerNormalization,
  LeakyRelu: activation.leakyRelu,
  Log: unary.log,
  LogSoftmax: logSoftmax,
  LpNormalization: normalization.lpNormalization,
  LpPool: pool.lpPool,
  MatMul: matMul,
  Max: binary.extremum,
  MaxPool: maxPool,
  Mean: binary.mean,
  MeanVarianceNormalization: normalization.meanVarianceNormalization,
  Min: binary.extremum,
  Mish: activation.mish,
  Mod: binary.mod,
  Mul: binary.mul,
  Neg: unary.neg,
  NegativeLogLikelihoodLoss: loss.negativeLogLikelihoodLoss,
  PRelu: activation.pRelu,
  Pad: pad,
  Pow: binary.pow,
  RMSNormalization: normalization.rmsNormalization,
  RandomNormalLike: unary.zero,
  RandomUniformLike: unary.zero,
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
  Resize: resize,
  ReverseSequence: movement.selfAdjoint,
  Round: unary.zero,
  ScatterElements: gather.scatterElements,
  ScatterND: gather.scatterND,
  Selu: activation.selu,
  Shrink: activation.shrink,
  Sigmoid: activation.sigmoid,
  Sign: unary.zero,
  Sin: unary.sin,
  Sinh: unary.sinh,
  Slice: slice.slice,
  Softmax: softmax,
  SoftmaxCrossEntropyLoss: loss.softmaxCrossEntropyLoss,
  Softplus: activation.softplus,
  Softsign: activation.softsign,
  SpaceToDepth: movement.spaceToDepth,
  Split: slice.split,
  Sqrt: unary.sqrt,
  Squeeze: shape.view,
  Sub: binary.sub,
  Sum: binary.add,
  Swish: activation.swish,
  Tan: unary.tan,
  Tanh: activation.tanh,
  ThresholdedRelu: activation.thresholdedRelu,
  Tile: movement.tile,
  TopK: {
    forward: (ctx) => ({ indices: withOutputs(ctx, ["", "indices"])[1]! }),
    backward: reduction.topK,
  },
  Transpose: shape.transpose,
  Trilu: movement.selfAdjoint,
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
