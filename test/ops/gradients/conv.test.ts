/** Convolutions and matrix products against central differences; all are linear in each operand. */
import fc from "fast-check";
import { describe, it } from "vitest";
import { float, int, ints, string } from "../../../src/graph/attribute.ts";
import type { Attribute } from "../../../src/graph/types.ts";
import { uniform } from "../../support/finite-differences.ts";
import { checkAll, checkNode, each, type OneNode, seeds, whole } from "../../support/one-node.ts";

const linear = { step: 0.5, tolerance: 1e-6 } as const;

interface ConvCase {
  readonly rank: number;
  readonly batch: number;
  readonly group: number;
  readonly perIn: number;
  readonly perOut: number;
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly extra: readonly number[];
  readonly pads: readonly number[];
  readonly bias: boolean;
  readonly batched: boolean;
  readonly autoPad: string;
  readonly seed: number;
}

function convCases(rank: number, wide = false): fc.Arbitrary<ConvCase> {
  const largest = rank === 3 ? 2 : 3;
  return fc.record({
    rank: fc.constant(rank),
    batch: whole(1, 2),
    group: wide ? fc.constant(1) : whole(1, 3),
    perIn: wide ? whole(8, 9) : whole(1, 2),
    perOut: whole(1, 2),
    kernel: each(rank, 1, largest),
    stride: each(rank, 1, 3),
    dilation: each(rank, 1, 2),
    extra: each(rank, 0, 4),
    pads: each(2 * rank, 0, 3),
    bias: fc.boolean(),
    batched: fc.boolean(),
    autoPad: fc.constantFrom("NOTSET", "NOTSET", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"),
    seed: seeds,
  });
}

function attributesOf(c: ConvCase): Record<string, Attribute> {
  // ONNX Runtime takes no dilation with SAME padding.
  const same = c.autoPad.startsWith("SAME");
  return {
    kernel_shape: ints(...c.kernel),
    strides: ints(...c.stride),
    dilations: ints(...c.dilation.map((d) => (same ? 1 : d))),
    group: int(c.group),
    ...(c.autoPad === "NOTSET" ? { pads: ints(...c.pads) } : { auto_pad: string(c.autoPad) }),
  };
}

function convNode(c: ConvCase): OneNode {
  const spatial = c.kernel.map((k, i) => (k - 1) * c.dilation[i]! + 1 + c.extra[i]!);
  const channels = c.group * c.perOut;
  return {
    op: "Conv",
    attributes: attributesOf(c),
    inputs: [
      uniform(c.seed, [c.batch, c.group * c.perIn, ...spatial]),
      uniform(c.seed + 1, [channels, c.perIn, ...c.kernel]),
      ...(c.bias ? [uniform(c.seed + 2, [channels])] : []),
    ],
    ...(c.batched ? { batched: [0] } : {}),
    ...linear,
  };
}

describe("Conv", () => {
  it.each([1, 2, 3])("of rank %d", async (rank) => {
    await checkAll(convCases(rank).map(convNode), rank === 2 ? 10 : 5);
  });

  it("with many channels", async () => {
    await checkAll(convCases(2, true).map(convNode), 5);
  });

  it("with stride 1 and full padding", async () => {
    const cases = convCases(2, true).map((c) => ({
      ...c,
      stride: [1, 1],
      pads: c.pads.map((p, i) => Math.min(p, (c.kernel[i % 2]! - 1) * c.dilation[i % 2]!)),
      autoPad: "NOTSET",
    }));
    await checkAll(cases.map(convNode), 5);
  });

  it("of depth 1 for each channel", async () => {
    const cases = convCases(2).map((c) => ({
      ...c,
      group: 4,
      perIn: 1,
      perOut: c.seed % 2 ? 1 : 2,
    }));
    await checkAll(cases.map(convNode), 5);
  });

  it("of a free size in space", async () => {
    const cases = convCases(2).map((c) => ({ ...c, autoPad: "NOTSET", batched: false }));
    await checkAll(
      cases.map((c) => ({ ...convNode(c), spatial: [0] })),
      8,
    );
  });
});

describe("ConvTranspose", () => {
  const cases = (rank: number) =>
    fc.tuple(convCases(rank), each(rank, 0, 2)).map(([c, extra]): OneNode => {
      const spatial = c.extra.map((e) => e + 2);
      const same = c.autoPad.startsWith("SAME");
      const dilation = c.dilation.map((d) => (same ? 1 : d));
      // Output padding stays below the stride, and the output keeps at least one element.
      const outputPadding = extra.map((e, i) => Math.min(e, c.stride[i]! - 1));
      const pads = c.pads.map((p, i) => {
        const axis = i % rank;
        return Math.min(p, Math.floor(((c.kernel[axis]! - 1) * dilation[axis]! + 1) / 2));
      });
      return {
        op: "ConvTranspose",
        attributes: {
          ...attributesOf(c),
          ...(same ? {} : { output_padding: ints(...outputPadding) }),
          ...(c.autoPad === "NOTSET" ? { pads: ints(...pads) } : {}),
        },
        inputs: [
          uniform(c.seed, [c.batch, c.group * c.perIn, ...spatial]),
          uniform(c.seed + 1, [c.group * c.perIn, c.perOut, ...c.kernel]),
          ...(c.bias ? [uniform(c.seed + 2, [c.group * c.perOut])] : []),
        ],
        ...(c.batched ? { batched: [0] } : {}),
        ...linear,
      };
    });

  it.each([1, 2, 3])("of rank %d", async (rank) => {
    await checkAll(cases(rank), rank === 2 ? 8 : 4);
  });

  it("to a given output shape", async () => {
    await checkNode({
      op: "ConvTranspose",
      attributes: { strides: ints(2, 2), output_shape: ints(5, 6) },
      inputs: [uniform(1, [1, 2, 3, 3]), uniform(2, [2, 2, 3, 3])],
      ...linear,
    });
  });
});

describe("matrix products", () => {
  it("Gemm", async () => {
    const nodes = fc
      .record({
        m: whole(1, 4),
        n: whole(1, 4),
        k: whole(1, 4),
        transA: whole(0, 1),
        transB: whole(0, 1),
        alpha: fc.constantFrom(1, 0.5, -2),
        beta: fc.constantFrom(1, 0.5, -2),
        c: whole(0, 5),
        seed: seeds,
        batched: fc.boolean(),
      })
      .map(({ m, n, k, transA, transB, alpha, beta, c, seed, batched }): OneNode => {
        const shapes = [undefined, [], [n], [m, 1], [1, n], [m, n]];
        const shape = shapes[c];
        return {
          op: "Gemm",
          attributes: {
            transA: int(transA),
            transB: int(transB),
            alpha: float(alpha),
            beta: float(beta),
          },
          inputs: [
            uniform(seed, transA ? [k, m] : [m, k]),
            uniform(seed + 1, transB ? [n, k] : [k, n]),
            ...(shape ? [uniform(seed + 2, shape)] : []),
          ],
          ...(batched && !transA && c !== 3 && c !== 5 ? { batched: [0] } : {}),
          ...linear,
        };
      });
    await checkAll(nodes, 10);
  });

  it.each([
    [[3], [3]],
    [[3], [3, 2]],
    [[2, 3], [3]],
    [
      [2, 3],
      [3, 4],
    ],
    [[3], [2, 3, 4]],
    [[2, 4, 3], [3]],
    [
      [2, 2, 3],
      [3, 4],
    ],
    [
      [2, 3],
      [2, 3, 2],
    ],
    [
      [2, 1, 2, 3],
      [4, 3, 2],
    ],
    [
      [1, 2, 3],
      [4, 3, 2],
    ],
    [
      [2, 2, 3],
      [1, 3, 2],
    ],
    [
      [2, 2, 2, 3],
      [2, 2, 3, 2],
    ],
  ])("MatMul %j by %j", async (a, b) => {
    const inputs = [uniform(1, a), uniform(2, b)];
    await checkNode({ op: "MatMul", inputs, ...linear });
    const shared = b.length <= 2 && a.length > 1;
    if (shared) await checkNode({ op: "MatMul", inputs, batched: [0], ...linear });
  });

  it.each([
    ["ij,jk->ik", [2, 3], [3, 4]],
    ["bij,bjk->bik", [2, 2, 3], [2, 3, 2]],
    ["ij,jk", [2, 3], [3, 4]],
    ["i,j->ij", [2], [3]],
    ["ij,ij->", [2, 3], [2, 3]],
    ["ij,kj->k", [2, 3], [4, 3]],
    ["...ij,...jk->...ik", [2, 2, 3], [2, 3, 2]],
    ["...ij,jk->...ik", [2, 2, 3], [3, 2]],
    ["bhqd,bhkd->bhqk", [2, 2, 3, 2], [2, 2, 4, 2]],
    ["ii->i", [3, 3], undefined],
    ["ii->", [3, 3], undefined],
    ["ij->ji", [2, 3], undefined],
    ["ijk->j", [2, 3, 4], undefined],
    ["ij->", [2, 3], undefined],
    ["bij,bjk->bik", [1, 2, 3], [2, 3, 2]],
    ["ij,j->j", [2, 3], [1]],
    ["iij,j->i", [3, 3, 2], [2]],
  ])("Einsum %s", async (equation, a, b) => {
    await checkNode({
      op: "Einsum",
      attributes: { equation: string(equation) },
      inputs: [uniform(1, a), ...(b ? [uniform(2, b)] : [])],
      ...linear,
    });
  });

  it("Einsum of three operands", async () => {
    await checkNode({
      op: "Einsum",
      attributes: { equation: string("i,ij,jk->k") },
      inputs: [uniform(1, [2]), uniform(2, [2, 3]), uniform(3, [3, 2])],
      uncounted: true,
      ...linear,
    });
  });
});
