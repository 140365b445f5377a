import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { int, ints, string } from "../../src/graph/attribute.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { zeros } from "../../src/graph/tensor.ts";
import type { Attribute } from "../../src/graph/types.ts";
import { analyze } from "../../src/ops/analyze.ts";
import type { AnalyzedNode } from "../../src/ops/types.ts";

interface Input {
  readonly shape: readonly number[];
  readonly weight?: boolean;
}

/** Analyses one node whose inputs have the given shapes. */
function single(
  op: string,
  inputs: readonly Input[],
  attributes: Readonly<Record<string, Attribute>> = {},
  outputs = 1,
  opset = 20,
): AnalyzedNode {
  const g = new GraphBuilder({ opset });
  const names = inputs.map(({ shape, weight }, i) =>
    weight
      ? g.initializer(`w${i}`, zeros("float32", shape))
      : g.input(`x${i}`, shape as readonly number[]),
  );
  for (const o of g.addMany(op, names, outputs, attributes)) g.output(o);
  return analyze(g.build()).nodes[0]!;
}

const data = (...shape: number[]): Input => ({ shape });
const weight = (...shape: number[]): Input => ({ shape, weight: true });

const axis = fc.record({
  size: fc.integer({ min: 1, max: 7 }),
  kernel: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  begin: fc.integer({ min: 0, max: 2 }),
  end: fc.integer({ min: 0, max: 2 }),
});
type Axis = typeof axis extends fc.Arbitrary<infer T> ? T : never;

/** Places where the window fits, by walking along the padded axis. */
function positions(a: Axis): number {
  let count = 0;
  const last = (a.kernel - 1) * a.dilation;
  for (let at = -a.begin; at + last < a.size + a.end; at += a.stride) count++;
  return count;
}

const attributesOf = (axes: readonly Axis[], group: number) => ({
  group: int(group),
  strides: ints(...axes.map((a) => a.stride)),
  dilations: ints(...axes.map((a) => a.dilation)),
  pads: ints(...axes.map((a) => a.begin), ...axes.map((a) => a.end)),
});

describe("contractions against loops that count", () => {
  const layer = fc.record({
    axes: fc
      .array(axis, { minLength: 1, maxLength: 3 })
      .filter((axes) => axes.every((a) => positions(a) > 0)),
    batch: fc.integer({ min: 1, max: 2 }),
    group: fc.integer({ min: 1, max: 3 }),
    inPerGroup: fc.integer({ min: 1, max: 3 }),
    outPerGroup: fc.integer({ min: 1, max: 3 }),
  });

  test("Conv: one MAC for each output channel, position, input channel of the group and tap", () => {
    fc.assert(
      fc.property(layer, ({ axes, batch, group, inPerGroup, outPerGroup }) => {
        let macs = 0;
        let outputs = 0;
        for (let n = 0; n < batch; n++)
          for (let g = 0; g < group; g++)
            for (let k = 0; k < outPerGroup; k++)
              for (let p = 0; p < axes.map(positions).reduce((x, y) => x * y); p++) {
                outputs++;
                for (let c = 0; c < inPerGroup; c++)
                  for (let t = 0; t < axes.reduce((x, a) => x * a.kernel, 1); t++) macs++;
              }
        const node = single(
          "Conv",
          [
            data(batch, group * inPerGroup, ...axes.map((a) => a.size)),
            weight(group * outPerGroup, inPerGroup, ...axes.map((a) => a.kernel)),
            weight(group * outPerGroup),
          ],
          attributesOf(axes, group),
        );
        expect([node.macs, node.flops]).toEqual([macs, outputs]);
        expect(node.work).toMatchObject({
          kind: "conv",
          batch,
          groups: group,
          input: axes.map((a) => a.size),
          output: axes.map(positions),
          kernel: axes.map((a) => a.kernel),
          bias: true,
        });
      }),
      { numRuns: 150 },
    );
  });

  test("ConvTranspose: each input element meets the whole kernel of its group", () => {
    fc.assert(
      fc.property(layer, ({ axes, batch, group, inPerGroup, outPerGroup }) => {
        const unpadded = axes.map((a) => ({ ...a, begin: 0, end: 0 }));
        let macs = 0;
        for (let x = 0; x < batch * unpadded.reduce((n, a) => n * a.size, 1); x++)
          for (let c = 0; c < group * inPerGroup; c++)
            for (let k = 0; k < outPerGroup; k++)
              for (let t = 0; t < unpadded.reduce((n, a) => n * a.kernel, 1); t++) macs++;
        const node = single(
          "ConvTranspose",
          [
            data(batch, group * inPerGroup, ...unpadded.map((a) => a.size)),
            weight(group * inPerGroup, outPerGroup, ...unpadded.map((a) => a.kernel)),
          ],
          attributesOf(unpadded, group),
        );
        expect(node.macs).toBe(macs);
        expect(node.work).toMatchObject({ kind: "conv", transposed: true });
      }),
      { numRuns: 60 },
    );
  });

  test("Einsum counts what the product or convolution of the same name counts", () => {
    const matmul = single("MatMul", [data(2, 3, 4), data(2, 4, 5)]);
    const einsum = single("Einsum", [data(2, 3, 4), data(2, 4, 5)], {
      equation: string("bij,bjk->bik"),
    });
    expect(einsum.macs).toBe(2 * 3 * 4 * 5);
    expect(einsum.work).toEqual(matmul.work);
    const linear = single("Einsum", [data(2, 7, 3, 4), weight(6, 3, 4)], {
      equation: string("bthd,ohd->bto"),
    });
    expect(linear.work).toMatchObject({ kind: "matmul", batch: 1, m: 14, n: 6, k: 12 });
    expect(linear.macs).toBe(14 * 6 * 12);
  });

  test("a weight that all batches share makes one product of all rows", () => {
    const node = single("MatMul", [data(8, 197, 768), weight(768, 3072)]);
    expect(node.work).toEqual({
      kind: "matmul",
      batch: 1,
      m: 8 * 197,
      n: 3072,
      k: 768,
      weightB: true,
      bias: false,
    });
    const own = single("MatMul", [data(8, 12, 197, 64), data(8, 12, 64, 197)]);
    expect(own.work).toMatchObject({ batch: 96, m: 197, n: 197, k: 64, weightB: false });
  });
});

describe("what else is counted", () => {
  test.each<[string, AnalyzedNode, number]>([
    ["Relu", single("Relu", [data(2, 3)]), 6],
    ["a pool of 3x3", single("MaxPool", [data(1, 2, 5, 5)], { kernel_shape: ints(3, 3) }), 18 * 8],
    ["a global mean", single("GlobalAveragePool", [data(1, 2, 5, 5)]), 50],
    ["Softmax", single("Softmax", [data(2, 10)]), 100],
    ["Gemm's bias", single("Gemm", [data(2, 3), weight(3, 4), weight(4)]), 8],
    ["a reshape", single("Flatten", [data(2, 3, 4)]), 0],
  ])("FLOPs of %s", (_, node, flops) => {
    expect(node.flops).toBe(flops);
  });

  test("bytes are each input once and each output once, in the size of its type", () => {
    const conv = single("Conv", [data(1, 3, 8, 8), weight(4, 3, 3, 3), weight(4)]);
    expect(conv.bytesRead).toBe(4 * (3 * 64 + 4 * 27 + 4));
    expect(conv.bytesWritten).toBe(4 * (4 * 36));
    const view = single("Flatten", [data(2, 3, 4)]);
    expect([view.bytesRead, view.bytesWritten]).toEqual([0, 0]);
  });

  test("a value that is read twice by one node counts once", () => {
    const g = new GraphBuilder();
    const x = g.input("x", [4, 4]);
    g.output(g.add("Mul", [x, x]));
    expect(analyze(g.build()).totals.bytesRead).toBe(64);
  });

  test("Gather and Slice read what they take, not the whole table", () => {
    const g = new GraphBuilder();
    const table = g.initializer("table", zeros("float32", [50_000, 512]));
    const ids = g.input("ids", [1, 7], "int64");
    g.output(g.add("Gather", [table, ids]));
    const node = analyze(g.build()).nodes[0]!;
    expect(node.bytesRead).toBe(7 * 512 * 4 + 7 * 8);
    expect(node.params).toBe(50_000 * 512);
  });

  test("moving axes of size 1 is a view, moving others a copy", () => {
    const move = (...shape: number[]) =>
      single("Transpose", [data(...shape)], { perm: ints(0, 2, 3, 1) }).work.kind;
    expect(move(8, 64, 1, 1)).toBe("view");
    expect(move(8, 64, 7, 7)).toBe("copy");
  });
});

describe("parameters", () => {
  test("a shared weight counts once, where it first appears", () => {
    const g = new GraphBuilder();
    const x = g.input("x", [2, 8]);
    const w = g.initializer("w", zeros("float32", [8, 8]));
    g.output(g.add("MatMul", [g.add("MatMul", [x, w]), w]));
    const a = analyze(g.build());
    expect(a.nodes.map((n) => n.params)).toEqual([64, 0]);
    expect(a.totals.params).toBe(64);
  });

  test("statistics of BatchNormalization, shapes, bounds and scalar factors are none", () => {
    const bn = single("BatchNormalization", [
      data(1, 6, 4, 4),
      weight(6),
      weight(6),
      weight(6),
      weight(6),
    ]);
    expect(bn.params).toBe(12);
    expect(single("Clip", [data(2), weight(), weight()]).params).toBe(0);
    expect(single("Mul", [data(2, 3), weight()]).params).toBe(0);
    expect(single("Mul", [data(2, 3), weight(3)]).params).toBe(3);
    expect(single("PRelu", [data(2, 3), weight(1)]).params).toBe(1);
  });

  test("a quantised weight is one, its scale and zero point are none", () => {
    const g = new GraphBuilder();
    const x = g.input("x", [2, 8]);
    const q = g.initializer("q", zeros("int8", [8, 100]));
    const scale = g.initializer("scale", zeros("float32", [100]));
    const zero = g.initializer("zero", zeros("int8", [100]));
    const w = g.add("DequantizeLinear", [q, scale, zero], { axis: int(1) });
    g.output(g.add("MatMul", [x, w]));
    expect(analyze(g.build()).nodes.map((n) => n.params)).toEqual([0, 800]);
  });

  test("a transposed weight is folded, costs nothing, and still is a weight", () => {
    const g = new GraphBuilder();
    const x = g.input("x", [2, 8]);
    const w = g.initializer("w", zeros("float32", [100, 8]));
    const t = g.add("Transpose", [w], { perm: ints(1, 0) });
    g.output(g.add("MatMul", [x, t]));
    const [transpose, matmul] = analyze(g.build()).nodes as [AnalyzedNode, AnalyzedNode];
    expect(transpose).toMatchObject({ folded: true, params: 0, bytesRead: 0 });
    expect(matmul).toMatchObject({ params: 800, work: { weightB: true } });
  });
});
