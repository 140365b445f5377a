/** All operators: one line each, in alphabetical order. */
import {
  Celu,
  Clip,
  Elu,
  Erf,
  Gelu,
  HardSigmoid,
  HardSwish,
  LeakyRelu,
  Mish,
  PRelu,
  Relu,
  Selu,
  Shrink,
  Sigmoid,
  Softplus,
  Softsign,
  Swish,
  Tanh,
  ThresholdedRelu,
} from "./activation.ts";
import { BatchNormalization } from "./batch-normalization.ts";
import { Add, Div, Max, Mean, Min, Mod, Mul, Pow, Sub, Sum } from "./binary.ts";
import { Conv, ConvInteger, QLinearConv } from "./conv.ts";
import { Dropout, Identity } from "./identity.ts";
import { Gemm, MatMul, MatMulInteger, QLinearMatMul } from "./matmul.ts";
import {
  AveragePool,
  GlobalAveragePool,
  GlobalLpPool,
  GlobalMaxPool,
  LpPool,
  MaxPool,
  MaxUnpool,
} from "./pool.ts";
import { Flatten, Reshape, Squeeze, Unsqueeze } from "./reshape.ts";
import type { Operator } from "./types.ts";

export const operators = {
  Add,
  AveragePool,
  BatchNormalization,
  Celu,
  Clip,
  Conv,
  ConvInteger,
  Div,
  Dropout,
  Elu,
  Erf,
  Flatten,
  Gelu,
  Gemm,
  GlobalAveragePool,
  GlobalLpPool,
  GlobalMaxPool,
  HardSigmoid,
  HardSwish,
  Identity,
  LeakyRelu,
  LpPool,
  MatMul,
  MatMulInteger,
  Max,
  MaxPool,
  MaxUnpool,
  Mean,
  Min,
  Mish,
  Mod,
  Mul,
  PRelu,
  Pow,
  QLinearConv,
  QLinearMatMul,
  Relu,
  Reshape,
  Selu,
  Shrink,
  Sigmoid,
  Softplus,
  Softsign,
  Squeeze,
  Sub,
  Sum,
  Swish,
  Tanh,
  ThresholdedRelu,
  Unsqueeze,
} satisfies Record<string, Operator>;

const byName: ReadonlyMap<string, Operator> = new Map(
  Object.values<Operator>(operators).map((o) => [`${o.domain ?? ""}:${o.name}`, o]),
);

/** The operator of a domain ("" is ONNX's own, also written `ai.onnx`); undefined: not known. */
export function operatorFor(domain: string, name: string): Operator | undefined {
  return byName.get(`${domain === "ai.onnx" ? "" : domain}:${name}`);
}
