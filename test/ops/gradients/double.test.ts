/** Rules in double precision, where central differences leave little room for error. */
import { describe, it } from "vitest";
import { float, int, ints, string } from "../../../src/graph/attribute.ts";
import { int64s, numbers, tensorOf } from "../../../src/graph/tensor.ts";
import type { Attribute, Tensor } from "../../../src/graph/types.ts";
import { uniform } from "../../support/finite-differences.ts";
import { checkNode } from "../../support/one-node.ts";

/** The operators that ONNX Runtime has in double precision and whose rules are not linear. */
const CASES: readonly (readonly [
  op: string,
  inputs: readonly Tensor[],
  attributes?: Readonly<Record<string, Attribute>>,
])[] = [
  ["Sigmoid", [uniform(1, [2, 3])]],
  ["Tanh", [uniform(2, [2, 3])]],
  ["Div", [uniform(3, [2, 3]), uniform(4, [3], 1, 2)]],
  ["Pow", [uniform(5, [2, 3], 0.5, 2), uniform(6, [2, 1])]],
  ["Gemm", [uniform(7, [2, 3]), uniform(8, [3, 2]), uniform(9, [2])], { beta: float(0.5) }],
  ["MatMul", [uniform(10, [2, 2, 3]), uniform(11, [3, 2])]],
  ["Softmax", [uniform(12, [2, 3])]],
  ["LogSoftmax", [uniform(13, [2, 3])], { axis: int(0) }],
  ["ReduceLogSumExp", [uniform(14, [2, 3])]],
  ["ReduceL2", [uniform(15, [2, 3]), int64s([1])]],
  ["ReduceProd", [uniform(16, [2, 3], 0.5, 2), int64s([1])]],
  ["LayerNormalization", [uniform(17, [2, 3]), uniform(18, [3]), uniform(19, [3])]],
  [
    "BatchNormalization",
    [uniform(20, [4, 3]), ...[21, 22, 23].map((s) => uniform(s, [3])), uniform(24, [3], 1, 2)],
  ],
  ["Pad", [uniform(25, [2, 3]), int64s([1, 1, 0, 1])], { mode: string("reflect") }],
  ["MaxPool", [uniform(26, [1, 1, 4, 4])], { kernel_shape: ints(3, 3) }],
];

describe("in double precision", () => {
  for (const [op, inputs, attributes = {}] of CASES)
    it(op, async () => {
      const isFloat = (t: Tensor) => t.dtype === "float32";
      await checkNode({
        op,
        attributes,
        inputs: inputs.map((t) => (isFloat(t) ? tensorOf("float64", t.dims, numbers(t)) : t)),
        constant: inputs.flatMap((t, i) => (isFloat(t) ? [] : [i])),
        step: 1 / 4096,
        tolerance: 1e-6,
      });
    });
});
