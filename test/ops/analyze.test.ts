import { expect, test } from "vitest";
import { int, ints } from "../../src/graph/attribute.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { int64s, zeros } from "../../src/graph/tensor.ts";
import type { Graph } from "../../src/graph/types.ts";
import { analyze } from "../../src/ops/analyze.ts";

/** Two convolutions with an addition, a pool and a classifier; a graph that a person can count. */
function residual(): Graph {
  const g = new GraphBuilder({ name: "residual", opset: 17 });
  const x = g.input("input", ["batch", 3, 32, 32]);
  const w1 = g.initializer("w1", zeros("float32", [16, 3, 3, 3]));
  const b1 = g.initializer("b1", zeros("float32", [16]));
  const w2 = g.initializer("w2", zeros("float32", [16, 16, 3, 3]));
  const fc = g.initializer("fc", zeros("float32", [10, 16]));
  const c1 = g.add("Conv", [x, w1, b1], { pads: ints(1, 1, 1, 1), strides: ints(2, 2) });
  const r1 = g.add("Relu", [c1]);
  const c2 = g.add("Conv", [r1, w2], { pads: ints(1, 1, 1, 1) });
  const sum = g.add("Add", [c2, r1]);
  const pooled = g.add("GlobalAveragePool", [sum]);
  const flat = g.add("Flatten", [pooled]);
  g.output(g.add("Gemm", [flat, fc], { transB: int(1) }, { outputs: ["logits"] }));
  return g.build();
}

test("a residual block is counted node by node, its batch kept symbolic", () => {
  const a = analyze(residual());
  expect(a.types.get("logits")).toEqual({ dtype: "float32", shape: ["batch", 10] });
  expect(a.bound).toEqual({ batch: 1 });
  expect(a.gaps).toEqual([]);
  expect(a.totals.macsByOp).toEqual({
    Conv: 16 * 16 * 16 * (3 * 9 + 16 * 9),
    Gemm: 160,
  });
  expect(a.totals.params).toBe(16 * 27 + 16 + 16 * 16 * 9 + 160);
  expect(a.nodes.map((n) => n.work.kind)).toEqual([
    "conv",
    "pointwise",
    "conv",
    "pointwise",
    "reduce",
    "view",
    "matmul",
  ]);
});

test("a bound batch multiplies the work and leaves the parameters", () => {
  const one = analyze(residual()).totals;
  const eight = analyze(residual(), { bind: { batch: 8 } });
  expect(eight.types.get("logits")!.shape).toEqual([8, 10]);
  expect(eight.totals.macs).toBe(8 * one.macs);
  expect(eight.totals.params).toBe(one.params);
});

test("an unknown operator is a named gap, and declared types carry the analysis past it", () => {
  const g = new GraphBuilder();
  const x = g.input("x", [1, 4]);
  const y = g.add("Mystery", [x], {}, { domain: "my.domain", name: "odd" });
  g.declare(y, [1, 4]);
  g.output(g.add("Relu", [y], {}, { outputs: ["z"] }), [1, 4]);
  const a = analyze(g.build());
  expect(a.types.get("z")!.shape).toEqual([1, 4]);
  expect(a.gaps).toEqual([
    { op: "Mystery", count: 1, reason: "operator of domain my.domain not known", nodes: ["odd"] },
  ]);
});

test("a kernel larger than its padded input is told with both sizes", () => {
  const g = new GraphBuilder();
  const x = g.input("x", [1, 3, 8, 4]);
  const w = g.initializer("w", zeros("float32", [8, 3, 5, 5]));
  g.output(g.add("Conv", [x, w], { pads: ints(0, 0, 0, 0) }, { name: "conv_17" }));
  expect(() => analyze(g.build())).toThrow("conv_17 (Conv): kernel 5 > padded input 4 in axis 3");
});

test("a declared output that contradicts the computed one is told with both", () => {
  const g = new GraphBuilder();
  const x = g.input("x", ["batch", 8]);
  const s = g.initializer("s", int64s([-1, 2, 4]));
  g.output(g.add("Reshape", [x, s], {}, { outputs: ["y"] }), ["batch", 2, 5]);
  expect(() => analyze(g.build())).toThrow(/\[batch,2,5\].*\[batch,2,4\]: 5 against 4 in axis 2/);
});
