/** Functions of one element and arithmetic of broadcast operands against central differences. */
import fc from "fast-check";
import { describe, it } from "vitest";
import { float, int, string } from "../../../src/graph/attribute.ts";
import { float32s, int64s, tensorOf } from "../../../src/graph/tensor.ts";
import type { Attribute } from "../../../src/graph/types.ts";
import { alternating, grid, shifted } from "../../support/finite-differences.ts";
import { checkAll, checkNode, seeds, shapes } from "../../support/one-node.ts";

type Unary = readonly [
  op: string,
  low: number,
  high: number,
  attributes?: Readonly<Record<string, Attribute>>,
  opset?: number,
];

/** Kinks lie on multiples of 1/32, between which the grid's points stand. */
const UNARY: readonly Unary[] = [
  ["Relu", -2, 2],
  ["LeakyRelu", -2, 2, { alpha: float(0.125) }],
  ["Elu", -2, 2, { alpha: float(1.5) }],
  ["Selu", -2, 2],
  ["Selu", -2, 2, { alpha: float(1.25), gamma: float(1.5) }],
  ["Celu", -2, 2, { alpha: float(0.75) }],
  ["Gelu", -3, 3],
  ["Gelu", -3, 3, { approximate: string("tanh") }],
  ["Sigmoid", -4, 4],
  ["HardSigmoid", -4, 4, { alpha: float(0.25), beta: float(0.5) }],
  ["HardSwish", -4, 4],
  ["Mish", -4, 4],
  ["Tanh", -3, 3],
  ["Softplus", -4, 4],
  ["Softsign", -3, 3],
  ["ThresholdedRelu", -2, 3, { alpha: float(0.5) }],
  ["Shrink", -2, 2, { lambd: float(0.75), bias: float(0.25) }],
  ["Swish", -4, 4, { alpha: float(1.25) }, 24],
  ["Swish", -4, 4, {}, 24],
  ["Erf", -2, 2],
  ["Exp", -2, 2],
  ["Log", 0.25, 4],
  ["Sqrt", 0.25, 4],
  ["Reciprocal", 0.5, 4],
  ["Abs", -2, 2],
  ["Neg", -2, 2],
  ["Sin", -3, 3],
  ["Cos", -3, 3],
  ["Tan", -1, 1],
  ["Asin", -0.75, 0.75],
  ["Acos", -0.75, 0.75],
  ["Atan", -2, 2],
  ["Sinh", -2, 2],
  ["Cosh", -2, 2],
  ["Asinh", -2, 2],
  ["Acosh", 1.5, 4],
  ["Atanh", -0.75, 0.75],
  ["Identity", -1, 1],
  ["Floor", -2, 2],
  ["Ceil", -2, 2],
  ["Round", -2, 2],
  ["Sign", -2, 2],
];

const STEP = 1 / 128;
const TOLERANCE = 2e-3;
const curved = { step: STEP, tolerance: TOLERANCE } as const;
const linear = { step: 0.5, tolerance: 1e-6 } as const;

describe("functions of one element", () => {
  for (const [op, low, high, attributes = {}, opset] of UNARY)
    it(`${op} on [${low}, ${high}] ${JSON.stringify(attributes)}`, async () => {
      const nodes = fc.tuple(shapes(1, 3), seeds, fc.boolean()).map(([dims, seed, batch]) => ({
        op,
        attributes,
        inputs: [grid(seed, dims, low, high)],
        ...(batch ? { batched: [0] } : {}),
        ...(opset === undefined ? {} : { opset }),
        ...curved,
      }));
      await checkAll(nodes, 2);
    });

  it("Clip by constant bounds, trained bounds and one bound", async () => {
    const x = grid(1, [4, 5], -2, 2);
    const [low, high] = [tensorOf("float32", [], [-0.5]), tensorOf("float32", [], [0.75])];
    await checkNode({ op: "Clip", inputs: [x, low, high], ...curved });
    await checkNode({ op: "Clip", inputs: [x, low, high], constant: [1, 2], ...curved });
    await checkNode({ op: "Clip", inputs: [x, low], ...curved });
    await checkNode({ op: "Clip", inputs: [x, undefined, high], ...curved });
    await checkNode({ op: "Clip", inputs: [x, high, low], ...curved });
    await checkNode({ op: "Clip", inputs: [x], ...curved });
  });

  it("Cast between floating-point types", async () => {
    const to = int(11);
    await checkNode({ op: "Cast", attributes: { to }, inputs: [grid(1, [3], -1, 1)], ...linear });
  });
});

/** Shapes that broadcast together, and seeds. */
function broadcasts(count: number) {
  return shapes(1, 3).chain((whole) =>
    fc
      .tuple(
        fc.array(
          fc.tuple(
            fc.integer({ min: 0, max: whole.length }),
            fc.array(fc.boolean(), { minLength: whole.length, maxLength: whole.length }),
          ),
          { minLength: count, maxLength: count },
        ),
        seeds,
      )
      .map(([parts, seed]) => ({
        dims: parts.map(([drop, keep], i) =>
          i === 0 ? whole : whole.map((d, axis) => (keep[axis] ? d : 1)).slice(drop),
        ),
        seed,
      })),
  );
}

const BINARY: readonly (readonly [op: string, low: number, high: number, linear: boolean])[] = [
  ["Add", -2, 2, true],
  ["Sub", -2, 2, true],
  ["Mul", -2, 2, true],
  ["Div", 0.5, 2, false],
  ["Pow", 0.5, 2, false],
  ["Min", -2, 2, false],
  ["Max", -2, 2, false],
  ["PRelu", -2, 2, false],
];

describe("arithmetic of broadcast operands", () => {
  it.each(BINARY)("%s", async (op, low, high, straight) => {
    const nodes = broadcasts(2).map(({ dims, seed }) => ({
      op,
      // Different grids: no two elements are equal.
      inputs: [grid(seed, dims[0]!, low, high), shifted(grid(seed + 1, dims[1]!, low, high))],
      ...(straight ? linear : { step: STEP / 4, tolerance: 2 * TOLERANCE }),
    }));
    await checkAll(nodes, 6);
  });

  it.each(["Sum", "Mean", "Max", "Min"])("%s of three", async (op) => {
    const nodes = broadcasts(3).map(({ dims, seed }) => ({
      op,
      inputs: dims.map((d, i) => shifted(grid(seed + i, d, -2, 2), i)),
      step: STEP / 4,
      tolerance: TOLERANCE,
    }));
    await checkAll(nodes, 4);
  });

  it("Where", async () => {
    const nodes = broadcasts(3).map(({ dims, seed }) => ({
      op: "Where",
      inputs: [alternating(dims[1]!), grid(seed, dims[0]!, -2, 2), grid(seed + 1, dims[2]!, -2, 2)],
      ...linear,
    }));
    await checkAll(nodes, 5);
  });

  it.each([2, 3, 1, 0.5, -1, 2.5, 0])("Pow to the constant %d", async (power) => {
    const p = tensorOf("float32", [], [power]);
    const x = grid(3, [3, 4], 0.5, 2);
    await checkNode({ op: "Pow", inputs: [x, p], constant: [1], ...curved });
    await checkNode({ op: "Pow", inputs: [x, float32s([power])], ...curved });
  });

  it("Pow to whole powers of negative numbers, and of an integer type", async () => {
    const x = grid(3, [3, 4], -2, 2);
    for (const p of [2, 3, 4])
      await checkNode({ op: "Pow", inputs: [x, int64s([p])], constant: [1], ...curved });
  });

  it("Pow to 0 has no slope, at 0 neither", async () => {
    const x = float32s([0, 1, -2]);
    for (const zeros of [float32s([0]), float32s([0, 0, 0])])
      await checkNode({ op: "Pow", inputs: [x, zeros], constant: [1], ...curved });
  });

  it("Mod of floating-point numbers", async () => {
    await checkNode({
      op: "Mod",
      attributes: { fmod: int(1) },
      inputs: [float32s([0.7, 1.3, -2.2, 5.1]), float32s([0.5, -0.9, 0.8, 1.1])],
      ...curved,
    });
  });
});
