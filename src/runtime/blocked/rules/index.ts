/** Which operators are computed on blocked values; another one is another line. */
import { conv } from "./conv.ts";
import { add, elementwise, mul, relu } from "./elementwise.ts";
import { batchNormalization } from "./normalization.ts";
import { globalAveragePool, pool, spatialReduction } from "./pool.ts";
import { transpose } from "./transpose.ts";
import type { BlockedRule } from "./types.ts";

export const RULES: Readonly<Record<string, BlockedRule>> = {
  Conv: conv,
  Add: add,
  Mul: mul,
  Relu: relu,
  Sub: elementwise,
  Div: elementwise,
  Neg: elementwise,
  HardSigmoid: elementwise,
  Sigmoid: elementwise,
  Tanh: elementwise,
  LeakyRelu: elementwise,
  Elu: elementwise,
  Clip: elementwise,
  Identity: elementwise,
  BatchNormalization: batchNormalization,
  GlobalAveragePool: globalAveragePool,
  AveragePool: pool,
  MaxPool: pool,
  ReduceSum: spatialReduction,
  ReduceMean: spatialReduction,
  Transpose: transpose,
};
