/** Normalizations, softmax and losses against central differences. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float, int, string } from "../../../src/graph/attribute.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { float32s, tensorOf } from "../../../src/graph/tensor.ts";
import type { Attribute } from "../../../src/graph/types.ts";
import { gradients } from "../../../src/ops/gradients/index.ts";
import { grid, openGraph, uniform } from "../../support/finite-differences.ts";
import { checkAll, checkNode, type OneNode, seeds, whole } from "../../support/one-node.ts";

const curved = { step: 1 / 64, tolerance: 4e-3 } as const;

const data = (rank: number) =>
  fc.record({
    dims: fc.tuple(
      whole(2, 3),
      whole(1, 2),
      ...Array.from({ length: rank - 2 }, () => whole(2, 3)),
    ),
    seed: seeds,
    batched: fc.boolean(),
  });

const batch = (batched: boolean) => (batched ? { batched: [0] } : {});

describe("normalizations", () => {
  it.each([2, 3, 4])("BatchNormalization with the batch's statistics, rank %d", async (rank) => {
    const nodes = data(rank).map(({ dims, seed, batched }): OneNode => {
      const c = dims[1];
      return {
        op: "BatchNormalization",
        attributes: { training_mode: int(1), momentum: float(0.75), epsilon: float(1 / 16) },
        inputs: [
          uniform(seed, dims),
          uniform(seed + 1, [c]),
          uniform(seed + 2, [c]),
          uniform(seed + 3, [c]),
          uniform(seed + 4, [c], 0.5, 1),
        ],
        constant: [3, 4],
        outputs: 3,
        used: 1,
        ...batch(batched),
        ...curved,
      };
    });
    await checkAll(nodes, 5);
  });

  it("BatchNormalization with given statistics, which are inputs as others", async () => {
    const nodes = data(4).map(({ dims, seed, batched }): OneNode => {
      const c = dims[1];
      return {
        op: "BatchNormalization",
        inputs: [
          uniform(seed, dims),
          uniform(seed + 1, [c]),
          uniform(seed + 2, [c]),
          uniform(seed + 3, [c]),
          uniform(seed + 4, [c], 0.5, 1),
        ],
        ...batch(batched),
        ...curved,
      };
    });
    await checkAll(nodes, 5);
  });

  it("BatchNormalization gives its state's update as ONNX defines it", async () => {
    const b = new GraphBuilder();
    b.input("x", ["batch", 2, 2]);
    b.initializer("scale", float32s([1, 2]));
    b.initializer("bias", float32s([0, 0]));
    b.initializer("mean", float32s([1, -1]));
    b.initializer("var", float32s([1, 4]));
    const [y] = b.addMany("BatchNormalization", ["x", "scale", "bias", "mean", "var"], 1, {
      training_mode: int(1),
      momentum: float(0.75),
    });
    b.output(
      b.add("ReduceSum", [b.add("Exp", [y!])], { keepdims: int(0) }, { outputs: ["loss"] }),
      [],
    );
    const result = gradients(b.build(), "loss", ["scale", "bias"]);
    const run = await openGraph(result.graph);
    const out = await run.run({ x: float32s([1, 3, 0, 8, 5, 7, 4, 4], [2, 2, 2]) });
    await run.release();
    // Channel 0 holds 1, 3, 5, 7: mean 4, variance 5; channel 1 0, 8, 4, 4: mean 4, variance 8.
    const update = (name: string) => Array.from(out[result.stateUpdates.get(name)!]!.data);
    expect(update("mean")).toEqual([0.75 * 1 + 0.25 * 4, 0.75 * -1 + 0.25 * 4]);
    expect(update("var")).toEqual([0.75 * 1 + 0.25 * 5, 0.75 * 4 + 0.25 * 8]);
  });

  it("LayerNormalization", async () => {
    const nodes = fc
      .tuple(data(3), whole(-2, 2), fc.boolean())
      .map(([{ dims, seed, batched }, axis, biased]): OneNode => {
        const from = axis < 0 ? axis + 3 : axis;
        const own = dims.slice(from);
        return {
          op: "LayerNormalization",
          attributes: { axis: int(axis), epsilon: float(1 / 16) },
          inputs: [
            uniform(seed, dims),
            uniform(seed + 1, from === 0 ? own : own),
            ...(biased ? [uniform(seed + 2, own)] : []),
          ],
          ...batch(batched && from > 0),
          ...curved,
        };
      });
    await checkAll(nodes, 10);
  });

  it("RMSNormalization", async () => {
    const nodes = fc.tuple(data(3), whole(-2, -1)).map(
      ([{ dims, seed }, axis]): OneNode => ({
        op: "RMSNormalization",
        opset: 23,
        attributes: { axis: int(axis), epsilon: float(1 / 16) },
        inputs: [uniform(seed, dims), uniform(seed + 1, dims.slice(axis))],
        ...curved,
      }),
    );
    await checkAll(nodes, 5);
  });

  it("InstanceNormalization", async () => {
    const nodes = data(4).map(
      ({ dims, seed, batched }): OneNode => ({
        op: "InstanceNormalization",
        attributes: { epsilon: float(1 / 16) },
        inputs: [uniform(seed, dims), uniform(seed + 1, [dims[1]]), uniform(seed + 2, [dims[1]])],
        ...batch(batched),
        ...curved,
      }),
    );
    await checkAll(nodes, 5);
  });

  it.each([18, 21])("GroupNormalization of opset %d", async (opset) => {
    const nodes = fc
      .tuple(data(4), whole(1, 2), whole(1, 2))
      .map(([{ dims, seed, batched }, groups, per]): OneNode => {
        const shape = dims.with(1, groups * per);
        const own = [opset < 21 ? groups : groups * per];
        return {
          op: "GroupNormalization",
          opset,
          attributes: { num_groups: int(groups), epsilon: float(1 / 16) },
          inputs: [uniform(seed, shape), uniform(seed + 1, own), uniform(seed + 2, own)],
          ...batch(batched),
          ...curved,
        };
      });
    await checkAll(nodes, 5);
  });

  it("LpNormalization and MeanVarianceNormalization", async () => {
    const x = grid(3, [2, 3, 2, 2], -2, 2);
    for (const p of [1, 2])
      await checkNode({
        op: "LpNormalization",
        attributes: { axis: int(1), p: int(p) },
        inputs: [x],
        ...curved,
      });
    await checkNode({ op: "MeanVarianceNormalization", inputs: [x], ...curved });
  });
});

describe("LRN", () => {
  // ONNX Runtime takes odd sizes only.
  it.each([1, 3, 5])("over %d channels", async (size) => {
    const attributes = { size: int(size), alpha: float(0.5), beta: float(0.75), bias: float(1.5) };
    const inputs = [uniform(size, [2, 4, 2, 3], -2, 2)];
    await checkNode({ op: "LRN", attributes, inputs, ...curved });
    await checkNode({ op: "LRN", attributes, inputs, batched: [0], ...curved });
  });
});

describe("softmax and losses", () => {
  it.each(["Softmax", "LogSoftmax"])("%s", async (op) => {
    const nodes = fc.tuple(data(3), whole(-1, 2)).map(
      ([{ dims, seed, batched }, axis]): OneNode => ({
        op,
        attributes: { axis: int(axis) },
        inputs: [uniform(seed, dims, -2, 2)],
        ...batch(batched),
        ...curved,
      }),
    );
    await checkAll(nodes, 5);
  });

  const losses = (op: string) =>
    fc
      .record({
        dims: fc.tuple(whole(2, 3), whole(2, 4), whole(1, 3)),
        spatial: fc.boolean(),
        weighted: fc.boolean(),
        ignored: fc.constantFrom(undefined, -1, 1, -100),
        reduction: fc.constantFrom("mean", "sum", "none"),
        both: fc.boolean(),
        batched: fc.boolean(),
        seed: seeds,
      })
      .map((c): OneNode => {
        const [n, classes, d] = c.dims;
        const space = c.spatial ? [d] : [];
        const count = c.spatial ? n * d : n;
        // The first label is never ignored: the mean over no label is no number.
        const labels = Array.from({ length: count }, (_, i) =>
          i === 0 ? 0 : i % 3 === 1 && c.ignored !== undefined ? c.ignored : (c.seed + i) % classes,
        );
        const attributes: Record<string, Attribute> = {
          reduction: string(c.reduction),
          ...(c.ignored === undefined ? {} : { ignore_index: int(c.ignored) }),
        };
        return {
          op,
          attributes,
          inputs: [
            uniform(c.seed, [n, classes, ...space], -2, 2),
            tensorOf("int64", [n, ...space], labels),
            ...(c.weighted ? [uniform(c.seed + 1, [classes], 0.5, 2)] : []),
          ],
          constant: [2],
          ...(c.batched ? { batched: [0, 1] } : {}),
          ...(op === "SoftmaxCrossEntropyLoss" && c.both ? { outputs: 2 } : {}),
          ...curved,
        };
      });

  it.each(["SoftmaxCrossEntropyLoss", "NegativeLogLikelihoodLoss"])("%s", async (op) => {
    await checkAll(losses(op), 10);
  });

  it("labels of int32", async () => {
    await checkNode({
      op: "SoftmaxCrossEntropyLoss",
      inputs: [uniform(1, [3, 4]), tensorOf("int32", [3], [0, 3, 1])],
      ...curved,
    });
  });
});
