import { describe, expect, test } from "vitest";
import { float, int, ints, tensorAttribute } from "../../src/graph/attribute.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { float32s, int64s, tensorOf, zeros } from "../../src/graph/tensor.ts";
import type { Graph } from "../../src/graph/types.ts";
import { analyze } from "../../src/ops/analyze.ts";

/** Networks node by node as torch.onnx (TorchScript exporter, opset 17) writes them. */
class Exported {
  readonly g = new GraphBuilder({ opset: 17 });
  #count = 0;

  weight(...dims: number[]): string {
    return this.g.initializer(`w${this.#count++}`, zeros("float32", dims));
  }

  ints(...values: number[]): string {
    return this.g.add("Constant", [], { value: tensorAttribute(int64s(values)) });
  }

  scalar(value: number): string {
    return this.g.add("Constant", [], { value: tensorAttribute(tensorOf("int64", [], [value])) });
  }

  float(value: number): string {
    return this.g.add("Constant", [], { value: tensorAttribute(float32s([value], [])) });
  }

  /** x.shape[axis] */
  size(x: string, axis: number): string {
    return this.g.add("Gather", [this.g.add("Shape", [x]), this.scalar(axis)], { axis: int(0) });
  }

  /** Scalars and numbers as the shape of a view. */
  shape(...parts: (string | number)[]): string {
    const list = parts.map((p) =>
      typeof p === "number" ? this.ints(p) : this.g.add("Unsqueeze", [p, this.ints(0)]),
    );
    return this.g.add("Concat", list, { axis: int(0) });
  }

  view(x: string, ...parts: (string | number)[]): string {
    return this.g.add("Reshape", [x, this.shape(...parts)]);
  }

  /** x.expand(...): -1 keeps a dimension, which the exporter resolves with Equal and Where. */
  expand(x: string, ...parts: (string | number)[]): string {
    const wanted = this.shape(...parts);
    const ones = this.g.add("ConstantOfShape", [this.g.add("Shape", [wanted])], {
      value: tensorAttribute(int64s([1])),
    });
    const minus = this.g.add("Mul", [ones, this.scalar(-1)]);
    const open = this.g.add("Equal", [wanted, minus]);
    return this.g.add("Expand", [x, this.g.add("Where", [open, ones, wanted])]);
  }

  linear(x: string, from: number, to: number): string {
    return this.g.add("Add", [this.weight(to), this.g.add("MatMul", [x, this.weight(from, to)])]);
  }

  norm(x: string, width: number): string {
    const attributes = { axis: int(-1), epsilon: float(1e-6) };
    return this.g.add(
      "LayerNormalization",
      [x, this.weight(width), this.weight(width)],
      attributes,
    );
  }

  transpose(x: string, ...perm: number[]): string {
    return this.g.add("Transpose", [x], { perm: ints(...perm) });
  }

  gelu(x: string): string {
    const erf = this.g.add("Erf", [this.g.add("Div", [x, this.float(Math.SQRT2)])]);
    const sum = this.g.add("Add", [erf, this.float(1)]);
    return this.g.add("Mul", [this.g.add("Mul", [x, sum]), this.float(0.5)]);
  }
}

/** torchvision's vit_b_16: batch free, sizes taken from Shape at every turn. */
function visionTransformer(): Graph {
  const e = new Exported();
  const { g } = e;
  const [width, heads, mlp, layers] = [768, 12, 3072, 12];
  const x = g.input("input", ["batch", 3, 224, 224]);
  const n = e.size(x, 0);
  const rows = g.add("Div", [e.size(x, 2), e.scalar(16)]);
  const columns = g.add("Div", [e.size(x, 3), e.scalar(16)]);
  const patches = g.add("Conv", [x, e.weight(width, 3, 16, 16), e.weight(width)], {
    strides: ints(16, 16),
  });
  let y = e.transpose(e.view(patches, n, width, g.add("Mul", [rows, columns])), 0, 2, 1);
  y = g.add("Concat", [e.expand(e.weight(1, 1, width), n, -1, -1), y], { axis: int(1) });
  y = g.add("Add", [y, e.weight(1, 197, width)]);
  for (let i = 0; i < layers; i++) {
    y = g.add("Add", [selfAttention(e, e.norm(y, width), width, heads), y]);
    const hidden = e.gelu(e.linear(e.norm(y, width), width, mlp));
    y = g.add("Add", [y, e.linear(hidden, mlp, width)]);
  }
  const token = g.add("Gather", [e.norm(y, width), e.scalar(0)], { axis: int(1) });
  const logits = g.add(
    "Gemm",
    [token, e.weight(1000, width), e.weight(1000)],
    { transB: int(1) },
    { outputs: ["logits"] },
  );
  g.output(logits);
  return g.build();
}

/** nn.MultiheadAttention: sequence first, one projection for queries, keys and values. */
function selfAttention(e: Exported, input: string, width: number, heads: number): string {
  const { g } = e;
  const x = e.transpose(input, 1, 0, 2);
  const [length, n] = [e.size(x, 0), e.size(x, 1)];
  const packed = e.linear(x, width, 3 * width);
  const split = g.add("Unsqueeze", [e.view(packed, length, n, 3, width), e.ints(0)]);
  const three = g.add("Squeeze", [e.transpose(split, 3, 1, 2, 0, 4), e.ints(3)]);
  const all = g.add("Mul", [n, e.scalar(heads)]);
  const parts = [0, 1, 2].map((i) => {
    const one = g.add("Gather", [three, e.scalar(i)], { axis: int(0) });
    return e.transpose(e.view(one, length, all, width / heads), 1, 0, 2);
  });
  const [q, k, v] = parts as [string, string, string];
  const scaled = g.add("Mul", [q, e.float(1 / Math.sqrt(width / heads))]);
  const scores = g.add("Softmax", [g.add("MatMul", [scaled, e.transpose(k, 0, 2, 1)])], {
    axis: int(-1),
  });
  const mixed = e.transpose(g.add("MatMul", [scores, v]), 1, 0, 2);
  const flat = e.view(mixed, g.add("Mul", [length, n]), width);
  const out = g.add("Gemm", [flat, e.weight(width, width), e.weight(width)], { transB: int(1) });
  return e.transpose(e.view(out, length, n, width), 1, 0, 2);
}

describe("a vision transformer as PyTorch exports it", () => {
  const a = analyze(visionTransformer());

  test("its batch stays symbolic through every Shape, Gather, Concat and Reshape", () => {
    expect(a.types.get("logits")!.shape).toEqual(["batch", 1000]);
    expect(a.gaps).toEqual([]);
    const products = a.nodes.filter((n) => n.node.op === "Softmax");
    expect(products[0]!.outputs[0]!.shape).toEqual(["12*batch", 197, 197]);
  });

  // torchvision 0.14 documentation, ViT_B_16_Weights: 86567656 parameters, 17.56 GFLOPs (which are
  // multiply-accumulates, attention products included).
  test("parameters and MACs are the published ones", () => {
    expect(a.totals.params).toBe(86567656);
    expect(a.totals.macs / 1e9).toBeCloseTo(17.56, 2);
  });

  test("shape arithmetic costs nothing, and is known to", () => {
    for (const n of a.nodes)
      if (["Shape", "Unsqueeze", "Equal", "Where"].includes(n.node.op) && n.folded)
        expect(n.bytesRead + n.bytesWritten + n.flops).toBe(0);
    expect(a.nodes.filter((n) => n.node.op === "Where").every((n) => n.folded)).toBe(true);
  });

  test("a bound batch multiplies the products of every layer", () => {
    const eight = analyze(visionTransformer(), { bind: { batch: 8 } });
    expect(eight.totals.macs).toBe(8 * a.totals.macs);
    expect(eight.totals.params).toBe(a.totals.params);
  });
});

/** One shifted-window block and one patch merging of Swin-T, height and width from Shape too. */
function shiftedWindows(): Graph {
  const e = new Exported();
  const { g } = e;
  const [width, heads, window] = [96, 3, 7];
  const x = g.input("x", ["batch", 56, 56, width]);
  const roll = (v: string, axis: number, by: number) => {
    const cut = (from: number, to: number) =>
      g.add("Slice", [v, e.ints(from), e.ints(to), e.ints(axis)]);
    return g.add("Concat", [cut(by, Number.MAX_SAFE_INTEGER), cut(0, by)], { axis: int(axis) });
  };
  const n = e.size(x, 0);
  const rolled = roll(roll(x, 1, 3), 2, 3);
  const across = g.add("Div", [e.size(x, 1), e.scalar(window)]);
  const down = g.add("Div", [e.size(x, 2), e.scalar(window)]);
  const cells = e.transpose(
    e.view(rolled, n, across, window, down, window, width),
    0,
    1,
    3,
    2,
    4,
    5,
  );
  const count = g.add("Mul", [g.add("Mul", [n, across]), down]);
  const windows = e.view(cells, count, window * window, width);
  const packed = e.view(e.linear(windows, width, 3 * width), count, 49, 3, heads, width / heads);
  const qkv = e.transpose(packed, 2, 0, 3, 1, 4);
  const [q, k, v] = [0, 1, 2].map((i) => g.add("Gather", [qkv, e.scalar(i)], { axis: int(0) }));
  const scores = g.add("MatMul", [q!, e.transpose(k!, 0, 1, 3, 2)]);
  const index = g.initializer("index", zeros("int64", [49 * 49]));
  const bias = g.add("Gather", [e.weight(169, heads), index], { axis: int(0) });
  const spread = e.transpose(e.view(bias, 49, 49, -1), 2, 0, 1);
  const biased = g.add("Add", [scores, g.add("Unsqueeze", [spread, e.ints(0)])]);
  const masked = g.add("Add", [
    e.view(biased, g.add("Div", [count, e.scalar(64)]), 64, heads, 49, 49),
    g.add("Unsqueeze", [g.add("Unsqueeze", [e.weight(64, 49, 49), e.ints(1)]), e.ints(0)]),
  ]);
  const soft = g.add("Softmax", [e.view(masked, -1, heads, 49, 49)], { axis: int(-1) });
  const mixed = e.transpose(g.add("MatMul", [soft, v!]), 0, 2, 1, 3);
  const joined = e.linear(e.view(mixed, count, 49, width), width, width);
  const back = e.transpose(
    e.view(joined, n, across, down, window, window, width),
    0,
    1,
    3,
    2,
    4,
    5,
  );
  const map = e.view(back, n, e.size(x, 1), e.size(x, 2), width);
  const quarter = (row: number, column: number) =>
    g.add("Slice", [
      map,
      e.ints(row, column),
      e.ints(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
      e.ints(1, 2),
      e.ints(2, 2),
    ]);
  const merged = g.add("Concat", [quarter(0, 0), quarter(1, 0), quarter(0, 1), quarter(1, 1)], {
    axis: int(-1),
  });
  const y = g.add("MatMul", [e.norm(merged, 4 * width), e.weight(4 * width, 2 * width)]);
  g.output(g.add("Identity", [y], {}, { outputs: ["y"] }));
  return g.build();
}

test("shifted windows and patch merging keep the batch free", () => {
  const a = analyze(shiftedWindows());
  expect(a.gaps).toEqual([]);
  expect(a.types.get("y")!.shape).toEqual(["batch", 28, 28, 192]);
  const soft = a.nodes.find((n) => n.node.op === "Softmax")!;
  expect(soft.outputs[0]!.shape).toEqual(["64*batch", 3, 49, 49]);
  // Hand count: projections 3136 x 96 x 288 and 3136 x 96 x 96, 64 windows of 3 heads with two
  // products of 49 x 49 x 32, and the merging 784 x 384 x 192.
  expect(a.totals.macs).toBe(
    3136 * 96 * 288 + 3136 * 96 * 96 + 64 * 3 * 2 * 49 * 49 * 32 + 784 * 384 * 192,
  );
});

/** F.scaled_dot_product_attention in the TorchScript exporter: the scale comes from a Shape. */
test("an attention scale that comes from a shape folds to its number", () => {
  const e = new Exported();
  const { g } = e;
  const q = g.input("q", ["batch", 12, 197, 64]);
  const last = g.add("Slice", [g.add("Shape", [q]), e.ints(-1), e.ints(Number.MAX_SAFE_INTEGER)]);
  const root = g.add("Sqrt", [g.add("Cast", [last], { to: int(1) })]);
  const scale = g.add("Sqrt", [g.add("Div", [e.float(1), root])], {}, { name: "scale" });
  g.output(g.add("Mul", [q, scale], {}, { outputs: ["y"] }));
  const a = analyze(g.build());
  expect(a.nodes.find((n) => n.node.name === "scale")!.folded).toBe(true);
  expect(a.types.get("y")!.shape).toEqual(["batch", 12, 197, 64]);
});

/** F.interpolate(scale_factor=2) of older exporters, and upsampling to another map's size. */
test("sizes for Resize from shape arithmetic keep height and width free", () => {
  const e = new Exported();
  const { g } = e;
  const x = g.input("x", ["batch", 8, "height", "width"]);
  const skip = g.input("skip", ["batch", 8, "h2", "w2"]);
  const twice = (axis: number) =>
    g.add(
      "Cast",
      [
        g.add("Floor", [
          g.add("Mul", [g.add("Cast", [e.size(x, axis)], { to: int(1) }), e.float(2)]),
        ]),
      ],
      { to: int(7) },
    );
  const head = g.add("Slice", [g.add("Shape", [x]), e.ints(0), e.ints(2), e.ints(0)]);
  const resize = (...sizes: string[]) =>
    g.add("Resize", [x, "", "", g.add("Concat", [head, ...sizes], { axis: int(0) })]);
  const doubled = resize(e.shape(twice(2), twice(3)));
  const fitted = resize(g.add("Slice", [g.add("Shape", [skip]), e.ints(2), e.ints(4), e.ints(0)]));
  g.output(g.add("Identity", [doubled], {}, { outputs: ["doubled"] }));
  g.output(g.add("Add", [fitted, skip], {}, { outputs: ["fitted"] }));
  const a = analyze(g.build());
  expect(a.types.get("doubled")!.shape).toEqual(["batch", 8, "2*height", "2*width"]);
  expect(a.types.get("fitted")!.shape).toEqual(["batch", 8, "h2", "w2"]);
  const reasons = a.gaps.map((gap) => gap.reason);
  expect(reasons).toContain("dimension 'height' is free, counted as 1: give a number");
  expect(reasons.some((r) => r.includes("'batch'"))).toBe(false);
});
