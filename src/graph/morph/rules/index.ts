/** How channels pass through each operator. An operator that is not here fixes what it reads. */
import type { TieRule } from "../ties.ts";
import { conv, convTranspose, gemm, matMul } from "./contraction.ts";
import {
  batchNormalization,
  broadcast,
  instanceNormalization,
  pool,
  unary,
} from "./elementwise.ts";
import {
  concat,
  flatten,
  pad,
  reduce,
  reshape,
  resize,
  shape,
  squeeze,
  transpose,
  unsqueeze,
} from "./movement.ts";

const each = (rule: TieRule, ...ops: readonly string[]) => ops.map((op) => [op, rule] as const);

const RULES: ReadonlyMap<string, TieRule> = new Map([
  ...each(conv, "Conv"),
  ...each(convTranspose, "ConvTranspose"),
  ...each(gemm, "Gemm"),
  ...each(matMul, "MatMul"),
  ...each(batchNormalization, "BatchNormalization"),
  ...each(instanceNormalization, "InstanceNormalization"),
  ...each(unary, "Relu", "LeakyRelu", "Elu", "Selu", "Celu", "Sigmoid", "HardSigmoid", "HardSwish"),
  ...each(
    unary,
    "Tanh",
    "Softplus",
    "Softsign",
    "Mish",
    "Gelu",
    "ThresholdedRelu",
    "Clip",
    "Swish",
  ),
  ...each(unary, "Abs", "Neg", "Exp", "Log", "Sqrt", "Reciprocal", "Erf", "Floor", "Ceil", "Round"),
  ...each(unary, "Sign", "Identity", "Dropout", "Cast", "Not", "Sin", "Cos"),
  ...each(broadcast, "Add", "Sub", "Mul", "Div", "Pow", "Min", "Max", "Sum", "Mean", "PRelu"),
  ...each(pool, "MaxPool", "AveragePool", "LpPool"),
  ...each(pool, "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"),
  ...each(concat, "Concat"),
  ...each(flatten, "Flatten"),
  ...each(reshape, "Reshape"),
  ...each(transpose, "Transpose"),
  ...each(squeeze, "Squeeze"),
  ...each(unsqueeze, "Unsqueeze"),
  ...each(reduce, "ReduceMean", "ReduceMax", "ReduceMin", "ReduceSum", "ReduceL1", "ReduceL2"),
  ...each(pad, "Pad"),
  ...each(resize, "Resize", "Upsample"),
  ...each(shape, "Shape", "Size"),
]);

export function ruleFor(op: string): TieRule | undefined {
  return RULES.get(op);
}
