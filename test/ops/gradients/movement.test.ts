/** Operators that move, choose, repeat and combine elements, against central differences. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float, int, ints, string } from "../../../src/graph/attribute.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { float32s, int64s, tensorOf } from "../../../src/graph/tensor.ts";
import { gradients } from "../../../src/ops/gradients/index.ts";
import { grid, openGraph, spaced, uniform } from "../../support/finite-differences.ts";
import { checkAll, checkNode, type OneNode, seeds, shapes, whole } from "../../support/one-node.ts";

const linear = { step: 0.5, tolerance: 1e-6 } as const;
const curved = { step: 1 / 128, tolerance: 2e-3 } as const;

const axisFor = (rank: number) => whole(-rank, rank - 1);
const batch = (on: boolean, ...i: readonly number[]) => (on ? { batched: i } : {});

describe("shapes anew", () => {
  it.each([
    ["Reshape", [2, 3, 4], [6, 4]],
    ["Reshape", [2, 3, 4], [0, -1]],
    ["Squeeze", [2, 1, 3, 1], [1, 3]],
    ["Squeeze", [2, 1, 3], [-2]],
    ["Unsqueeze", [2, 3], [0, 3]],
    ["Expand", [2, 1, 3], [2, 4, 3]],
    ["Expand", [3], [2, 4, 3]],
    ["Tile", [2, 3], [1, 2]],
    ["Tile", [2, 3, 2], [3, 1, 2]],
  ] as const)("%s of %j by %j", async (op, dims, second) => {
    const inputs = [uniform(1, dims), int64s(second)];
    await checkNode({ op, inputs, constant: [1], ...linear });
    if (op !== "Expand" && !(op === "Reshape" && second[0] === 6) && second[0] !== 3)
      await checkNode({ op, inputs, constant: [1], batched: [0], ...linear });
  });

  it("Flatten and Transpose", async () => {
    const x = uniform(2, [2, 3, 2, 2]);
    for (const axis of [0, 1, 2, -1])
      await checkNode({ op: "Flatten", attributes: { axis: int(axis) }, inputs: [x], ...linear });
    await checkNode({ op: "Flatten", inputs: [x], batched: [0], ...linear });
    await checkNode({ op: "Transpose", inputs: [x], batched: [0], ...linear });
    const perm = ints(2, 0, 3, 1);
    await checkNode({ op: "Transpose", attributes: { perm }, inputs: [x], ...linear });
  });
});

describe("parts", () => {
  it("Concat", async () => {
    const nodes = fc
      .tuple(shapes(2, 3), whole(1, 3), seeds, fc.boolean())
      .chain(([dims, count, seed, batched]) =>
        fc
          .tuple(
            axisFor(dims.length),
            fc.array(whole(1, 3), { minLength: count, maxLength: count }),
          )
          .map(([axis, along]): OneNode => {
            const at = axis < 0 ? axis + dims.length : axis;
            return {
              op: "Concat",
              attributes: { axis: int(axis) },
              inputs: along.map((n, i) => uniform(seed + i, dims.with(at, n))),
              ...(seed % 2 && count > 1 ? { constant: [0] } : {}),
              ...batch(batched && at !== 0 && seed % 2 === 0, ...along.keys()),
              ...linear,
            };
          }),
      );
    await checkAll(nodes, 8);
  });

  it("Split into parts, of which some are used", async () => {
    const x = uniform(1, [2, 6]);
    const axis = int(1);
    const parts = int64s([1, 3, 2]);
    for (const used of [1, 2, 3])
      await checkNode({
        op: "Split",
        attributes: { axis },
        inputs: [x, parts],
        constant: [1],
        outputs: 3,
        used,
        batched: [0],
        ...linear,
      });
    const attributes = { axis, num_outputs: int(3) };
    const uneven = uniform(2, [2, 7]);
    await checkNode({ op: "Split", attributes, inputs: [uneven], outputs: 3, ...linear });
  });

  it("Slice, also backwards and in steps", async () => {
    const nodes = fc
      .tuple(whole(1, 7), whole(1, 6), whole(-9, 9), whole(-9, 9), whole(-3, 3), seeds)
      .filter(([, , , , step]) => step !== 0)
      .map(
        ([rows, columns, start, end, step, seed]): OneNode => ({
          op: "Slice",
          inputs: [
            uniform(seed, [2, rows, columns]),
            int64s([start, 0]),
            int64s([end, 9]),
            int64s([1, -1]),
            int64s([step, seed % 2 ? 1 : 2]),
          ],
          constant: [1, 2, 3, 4],
          ...batch(seed % 3 === 0, 0),
          ...linear,
        }),
      )
      .filter((o) => taken(o) > 0);
    await checkAll(nodes, 10);
  });

  it("Slice of a free size", async () => {
    const nodes = fc.tuple(whole(3, 6), whole(-4, 2), fc.constantFrom(-2, -1, 1, 2), seeds).map(
      ([rows, start, step, seed]): OneNode => ({
        op: "Slice",
        inputs: [
          uniform(seed, [rows, 3, 2]),
          int64s([step > 0 ? Math.min(start, 0) : -1, 1]),
          int64s([step > 0 ? 1000 : -1000, 3]),
          int64s([0, 1]),
          int64s([step, 1]),
        ],
        constant: [1, 2, 3, 4],
        batched: [0],
        ...linear,
      }),
    );
    await checkAll(nodes, 5);
  });

  it.each(["constant", "reflect", "edge", "wrap"])("Pad by %s", async (mode) => {
    const nodes = fc
      .tuple(fc.array(whole(0, 2), { minLength: 4, maxLength: 4 }), seeds, fc.boolean())
      .map(
        ([pads, seed, batched]): OneNode => ({
          op: "Pad",
          attributes: { mode: string(mode) },
          inputs: [
            uniform(seed, [2, 2, 3, 4]),
            int64s([0, 0, pads[0]!, pads[1]!, 0, 0, pads[2]!, pads[3]!]),
            ...(mode === "constant" && seed % 2 ? [tensorOf("float32", [], [0.5])] : []),
          ],
          constant: [1],
          ...batch(batched, 0),
          ...linear,
        }),
      );
    await checkAll(nodes, 5);
  });

  it("Pad that cuts, and Pad of given axes", async () => {
    await checkNode({
      op: "Pad",
      inputs: [uniform(1, [3, 4]), int64s([-1, 2, 1, -2]), tensorOf("float32", [], [2])],
      constant: [1],
      ...linear,
    });
    await checkNode({
      op: "Pad",
      inputs: [uniform(1, [3, 4]), int64s([1, 2]), undefined, int64s([-1])],
      constant: [1, 3],
      batched: [0],
      ...linear,
    });
  });
});

/** Elements that the slice of axis 1 takes. */
function taken(o: OneNode): number {
  const [x, starts, ends, , steps] = o.inputs.map((t) => t!);
  const size = x!.dims[1]!;
  const first = (t: typeof x) => Number(new BigInt64Array(t!.bytes.slice().buffer)[0]);
  const step = first(steps);
  const place = (v: number, low: number, high: number) =>
    Math.min(Math.max(v < 0 ? v + size : v, low), high);
  const start = step > 0 ? place(first(starts), 0, size) : place(first(starts), 0, size - 1);
  const end = step > 0 ? place(first(ends), 0, size) : place(first(ends), -1, size - 1);
  return Math.ceil((end - start) / step);
}

describe("indices", () => {
  it("Gather", async () => {
    const nodes = fc
      .tuple(shapes(1, 3), fc.constantFrom([], [1], [3], [2, 2]), seeds, fc.boolean())
      .chain(([dims, of, seed, fixed]) =>
        axisFor(dims.length).map((axis): OneNode => {
          const size = dims.at(axis)!;
          const count = of.reduce((a: number, b) => a * b, 1);
          const indices = Array.from(
            { length: count },
            (_, i) => ((seed + i * 7) % (2 * size)) - size,
          );
          const dtype = seed % 2 ? "int64" : "int32";
          return {
            op: "Gather",
            attributes: { axis: int(axis) },
            inputs: [uniform(seed, dims), tensorOf(dtype, of, indices)],
            ...(fixed ? { constant: [1] } : {}),
            ...batch(seed % 3 === 0 && axis !== 0 && axis !== -dims.length, 0),
            ...linear,
          };
        }),
      );
    await checkAll(nodes, 10);
  });

  it("GatherElements, GatherND and the scatters", async () => {
    const x = uniform(1, [3, 4]);
    const elements = int64s([0, 1, -1, 1, 0, 2, 2, 2], [2, 4]);
    const distinct = int64s([0, 1, 2, 1, 1, 0, 0, 2], [2, 4]);
    for (const [axis, indices] of [
      [0, elements],
      [1, int64s([0, 3, -1, 1, 2, 0], [3, 2])],
    ] as const) {
      const inputs = [x, indices];
      await checkNode({ op: "GatherElements", attributes: { axis: int(axis) }, inputs, ...linear });
    }
    const updates = uniform(2, [2, 4]);
    await checkNode({ op: "ScatterElements", inputs: [x, distinct, updates], ...linear });
    await checkNode({
      op: "ScatterElements",
      attributes: { reduction: string("add") },
      inputs: [x, elements, updates],
      ...linear,
    });
    const rows = int64s([0, -1], [2, 1]);
    await checkNode({ op: "ScatterND", inputs: [x, rows, updates], ...linear });
    await checkNode({
      op: "ScatterND",
      attributes: { reduction: string("add") },
      inputs: [x, int64s([2, 2], [2, 1]), updates],
      ...linear,
    });
    await checkNode({
      op: "GatherND",
      inputs: [x, int64s([0, 1, -1, 3, 0, 1], [3, 2])],
      ...linear,
    });
    const cube = uniform(3, [2, 3, 4]);
    await checkNode({ op: "GatherND", inputs: [cube, int64s([1, 0, 1], [3, 1])], ...linear });
    const batched = { op: "GatherND", attributes: { batch_dims: int(1) } } as const;
    await checkNode({ ...batched, inputs: [cube, int64s([2, 0], [2, 1])], ...linear });
    await checkNode({
      ...batched,
      inputs: [cube, int64s([2, 0, 1, 3, 1, 1, 0, 0], [2, 2, 2])],
      batched: [0, 1],
      ...linear,
    });
  });

  it("TopK", async () => {
    for (const largest of [0, 1])
      await checkNode({
        op: "TopK",
        attributes: { axis: int(1), largest: int(largest) },
        inputs: [spaced(4, [2, 5, 2], 0.25), int64s([3])],
        constant: [1],
        outputs: 2,
        batched: [0],
        step: 1 / 16,
        tolerance: 1e-5,
      });
  });

  it.each(["DepthToSpace", "SpaceToDepth"])("%s", async (op) => {
    for (const mode of op === "DepthToSpace" ? ["DCR", "CRD"] : [undefined])
      await checkNode({
        op,
        attributes: { blocksize: int(2), ...(mode ? { mode: string(mode) } : {}) },
        inputs: [uniform(1, [2, 8, 2, 4])],
        batched: [0],
        ...linear,
      });
  });

  it("CumSum, Trilu and ReverseSequence", async () => {
    const x = uniform(5, [4, 4]);
    for (const [exclusive, reverse] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ] as const)
      await checkNode({
        op: "CumSum",
        attributes: { exclusive: int(exclusive), reverse: int(reverse) },
        inputs: [x, tensorOf("int64", [], [reverse])],
        constant: [1],
        ...linear,
      });
    await checkNode({ op: "Trilu", attributes: { upper: int(0) }, inputs: [x], ...linear });
    const lengths = int64s([1, 4, 2, 3]);
    await checkNode({ op: "ReverseSequence", inputs: [x, lengths], constant: [1], ...linear });
  });
});

describe("Resize", () => {
  const COORDINATES = [
    "half_pixel",
    "half_pixel_symmetric",
    "pytorch_half_pixel",
    "align_corners",
    "asymmetric",
  ];

  it.each(["nearest", "linear", "cubic"])("%s", async (mode) => {
    const nodes = fc
      .record({
        coordinates: fc.constantFrom(...COORDINATES),
        rounding: fc.constantFrom("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"),
        from: fc.tuple(whole(2, 5), whole(2, 5)),
        to: fc.tuple(whole(1, 9), whole(1, 9)),
        scales: fc.tuple(fc.constantFrom(1, 0.5, 2, 1.5, 3), fc.constantFrom(1, 2, 2.5, 0.6)),
        bySizes: fc.boolean(),
        batched: fc.boolean(),
        seed: seeds,
      })
      .map(
        (c): OneNode => ({
          op: "Resize",
          attributes: {
            mode: string(mode),
            coordinate_transformation_mode: string(c.coordinates),
            ...(mode === "nearest" ? { nearest_mode: string(c.rounding) } : {}),
          },
          inputs: [
            uniform(c.seed, [1, 2, ...c.from]),
            undefined,
            c.bySizes ? undefined : float32s([1, 1, ...c.scales]),
            c.bySizes ? int64s([1, 2, ...c.to]) : undefined,
          ],
          constant: [2, 3],
          ...batch(c.batched && !c.bySizes, 0),
          ...linear,
        }),
      );
    await checkAll(nodes, 8);
  });

  it("of a region, antialiased, of one axis, and by given axes", async () => {
    const x = uniform(1, [1, 2, 5, 6]);
    await checkNode({
      op: "Resize",
      attributes: {
        mode: string("linear"),
        coordinate_transformation_mode: string("tf_crop_and_resize"),
        extrapolation_value: float(3),
      },
      inputs: [x, float32s([0, 0, 0.25, -0.25, 1, 1, 0.75, 1.25]), undefined, int64s([1, 2, 4, 7])],
      constant: [1, 3],
      ...linear,
    });
    await checkNode({
      op: "Resize",
      attributes: { mode: string("linear"), antialias: int(1) },
      inputs: [x, undefined, undefined, int64s([1, 2, 2, 3])],
      constant: [3],
      ...linear,
    });
    await checkNode({
      op: "Resize",
      attributes: { mode: string("linear") },
      inputs: [uniform(2, [2, 3, 5]), undefined, float32s([1, 1, 1.5])],
      constant: [2],
      batched: [0],
      ...linear,
    });
    await checkNode({
      op: "Resize",
      attributes: { mode: string("nearest"), axes: ints(2, 3) },
      inputs: [x, undefined, float32s([2, 3])],
      constant: [2],
      batched: [0],
      ...linear,
    });
  });
});

describe("reductions", () => {
  const REDUCTIONS = [
    ["ReduceSum", -2, 2],
    ["ReduceMean", -2, 2],
    ["ReduceL1", -2, 2],
    ["ReduceL2", -2, 2],
    ["ReduceSumSquare", -2, 2],
    ["ReduceLogSum", 0.5, 2],
    ["ReduceLogSumExp", -2, 2],
    ["ReduceProd", 0.5, 2],
    ["ReduceMax", -2, 2],
    ["ReduceMin", -2, 2],
  ] as const;

  it.each(REDUCTIONS)("%s", async (op, low, high) => {
    const nodes = fc
      .tuple(shapes(1, 3), fc.integer({ min: 0, max: 7 }), whole(0, 1), seeds, whole(16, 20))
      .map(([dims, mask, keepdims, seed, opset]): OneNode => {
        const axes = dims.flatMap((_, i) =>
          mask & (1 << i) ? [i - (seed % 2) * dims.length] : [],
        );
        const byInput = op === "ReduceSum" || opset >= 18;
        const extremum = op === "ReduceMax" || op === "ReduceMin";
        const x = extremum ? spaced(seed, dims, 1 / 16) : grid(seed, dims, low, high);
        const noop = byInput && axes.length === 0 && seed % 3 === 0;
        return {
          op,
          opset,
          attributes: {
            keepdims: int(keepdims),
            ...(byInput || axes.length === 0 ? {} : { axes: ints(...axes) }),
            ...(noop ? { noop_with_empty_axes: int(1) } : {}),
          },
          inputs: [x, ...(byInput && axes.length > 0 ? [int64s(axes)] : [])],
          constant: [1],
          ...batch(seed % 5 === 0, 0),
          ...curved,
        };
      });
    await checkAll(nodes, 5);
  });

  it("ReduceProd beside zeros", async () => {
    const x = float32s([0, 1, 2, 0, 0, 3, 1, -2, 3], [3, 3]);
    const inputs = [x, int64s([1])];
    await checkNode({ op: "ReduceProd", inputs, constant: [1], step: 0.5, tolerance: 1e-5 });
  });
});

describe("Dropout", () => {
  it("passes the gradient where it passed the input, at the same scale", async () => {
    const b = new GraphBuilder();
    b.input("x", ["batch", 64]);
    b.initializer("ratio", tensorOf("float32", [], [0.5]));
    b.initializer("training", tensorOf("bool", [], [1]));
    b.add("Dropout", ["x", "ratio", "training"], {}, { outputs: ["y"] });
    b.output("y", ["batch", 64]);
    b.add("ReduceSum", ["y"], { keepdims: int(0) }, { outputs: ["loss"] });
    const result = gradients(b.build(), "loss", ["x"]);
    const run = await openGraph(result.graph);
    const x = float32s(
      Array.from({ length: 128 }, (_, i) => i + 1),
      [2, 64],
    );
    const out = await run.run({ x });
    await run.release();
    const g = Array.from(out[result.gradients.get("x")!]!.data);
    expect(g.map((v, i) => v * (i + 1))).toEqual(Array.from(out.y!.data));
    const kept = g.filter((v) => v !== 0);
    expect(kept.length).toBeGreaterThan(32);
    expect(kept.length).toBeLessThan(96);
    expect(new Set(kept)).toEqual(new Set([2]));
  });

  it("is the identity in inference, decided when run", async () => {
    await checkNode({ op: "Dropout", inputs: [uniform(1, [2, 3])], batched: [0], ...linear });
    const inputs = [uniform(1, [2, 3]), tensorOf("float32", [], [0.5]), tensorOf("bool", [], [0])];
    await checkNode({ op: "Dropout", inputs, constant: [1], ...linear });
  });
});
