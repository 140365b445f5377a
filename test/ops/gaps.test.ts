import { describe, expect, test } from "vitest";
import { graphAttribute, int, ints } from "../../src/graph/attribute.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { int64s, zeros } from "../../src/graph/tensor.ts";
import type { Graph } from "../../src/graph/types.ts";
import { analyze } from "../../src/ops/analyze.ts";
import { freeDimensions } from "../../src/ops/free-dims.ts";

/** A branch that holds one convolution of the outer `x`, as the file format allows. */
function branch(name: string): Graph {
  return {
    name,
    nodes: [
      {
        name: "conv",
        op: "Conv",
        domain: "",
        inputs: ["x", "w"],
        outputs: ["y"],
        attributes: {},
      },
    ],
    inputs: [],
    outputs: [{ name: "y", dtype: "float32", shape: [1, 8, 6, 6] }],
    initializers: new Map(),
    declared: new Map(),
    opsets: new Map([["", 20]]),
    metadata: {},
  };
}

describe("what is not known is told, never zero in silence", () => {
  test("an If whose condition is a size of the data is no constant, nor is what follows", () => {
    const b = new GraphBuilder({ opset: 18 });
    const x = b.input("x", ["batch", 4]);
    const found = b.add("NonZero", [x]);
    const many = b.add("Cast", [b.add("Size", [found])], { to: int(9) });
    const body = new GraphBuilder({ opset: 18 });
    body.output(body.add("Identity", [body.input("y", [1, 4])]));
    const given: Graph = { ...body.build(), inputs: [] };
    const branch = graphAttribute({
      ...given,
      nodes: given.nodes.map((node) => ({ ...node, inputs: [x] })),
    });
    const y = b.add("If", [many], { then_branch: branch, else_branch: branch });
    b.output(b.add("Relu", [y]));
    const { nodes } = analyze(b.build());
    expect(nodes.map(({ node, folded }) => [node.op, folded])).toEqual([
      ["NonZero", false],
      ["Size", true],
      ["Cast", true],
      ["If", false],
      ["Relu", false],
    ]);
  });

  test("an If is a gap, and so is every node inside, by its path", () => {
    const g = new GraphBuilder();
    const choice = g.input("choice", [], "bool");
    g.input("x", [1, 3, 8, 8]);
    g.initializer("w", zeros("float32", [8, 3, 3, 3]));
    const y = g.add(
      "If",
      [choice],
      { then_branch: graphAttribute(branch("a")), else_branch: graphAttribute(branch("b")) },
      { name: "if_3" },
    );
    g.output(g.add("Relu", [y], {}, { outputs: ["z"] }));
    const a = analyze(g.build());
    expect(a.types.get("z")!.shape).toEqual([1, 8, 6, 6]);
    expect(a.gaps).toEqual([
      { op: "If", count: 1, reason: "which branch runs is decided at run time", nodes: ["if_3"] },
      {
        op: "Conv",
        count: 2,
        reason: "inside If, not counted",
        nodes: ["if_3/then_branch/conv", "if_3/else_branch/conv"],
      },
    ]);
    expect(a.nodes[0]!.work).toEqual({
      kind: "gap",
      reason: "which branch runs is decided at run time",
    });
  });

  test("after an unknown operator without declared types each operator is one gap", () => {
    const g = new GraphBuilder();
    const odd = g.add("Odd", [g.input("x", [1, 4])]);
    g.output(g.add("Relu", [g.add("Relu", [odd])]));
    expect(analyze(g.build()).gaps.map((gap) => [gap.op, gap.count])).toEqual([
      ["Odd", 1],
      ["Relu", 2],
    ]);
  });

  test("a size that only the data decides is named with the node that makes it", () => {
    const g = new GraphBuilder();
    const found = g.add("NonZero", [g.input("x", [4, 4])], {}, { name: "find" });
    g.output(g.add("Transpose", [found], {}, { outputs: ["y"] }));
    const a = analyze(g.build());
    expect(a.types.get("y")!.shape).toEqual(["find_count", 2]);
    expect(a.gaps).toEqual([
      {
        op: "NonZero",
        count: 1,
        reason: "size find_count depends on the data, counted as 1",
        nodes: ["find"],
      },
    ]);
  });

  test("a free batch is counted as 1 without ado, a free height is told", () => {
    const g = new GraphBuilder();
    const x = g.input("x", ["n", 3, "height", 64]);
    const w = g.initializer("w", zeros("float32", [8, 3, 3, 3]));
    g.output(
      g.add("Conv", [x, w], { pads: ints(1, 1, 1, 1), strides: ints(2, 2) }, { name: "conv" }),
    );
    const graph = g.build();
    expect(freeDimensions(graph)).toEqual([
      { name: "n", batch: true },
      { name: "height", batch: false },
    ]);
    const a = analyze(graph);
    expect(a.nodes[0]!.outputs[0]!.shape).toEqual(["n", 8, "floor((height + 1)/2)", 32]);
    expect(a.bound).toEqual({ n: 1, height: 1 });
    expect(a.gaps.map((gap) => gap.reason)).toEqual([
      "dimension 'height' is free, counted as 1: give a number",
    ]);
    const known = analyze(graph, { bind: { height: 48 } });
    expect(known.gaps).toEqual([]);
    expect(known.totals.macs).toBe(24 * 32 * 8 * 27);
  });

  test("what 1 is too small for is a gap, not an error", () => {
    const g = new GraphBuilder();
    const x = g.input("x", ["n", 3, "height", "width"]);
    const w = g.initializer("w", zeros("float32", [8, 3, 7, 7]));
    g.output(g.add("Conv", [x, w], {}, { name: "conv" }));
    const graph = g.build();
    expect(analyze(graph).gaps[0]!.reason).toContain("not countable with free dimensions as 1");
    expect(analyze(graph, { bind: { height: 9, width: 9 } }).totals.macs).toBe(9 * 8 * 3 * 49);
  });
});

describe("contradictions", () => {
  const build = (fill: (g: GraphBuilder) => string): Graph => {
    const g = new GraphBuilder();
    g.output(fill(g));
    return g.build();
  };

  test.each<[string, (g: GraphBuilder) => string, RegExp]>([
    [
      "channels",
      (g) =>
        g.add(
          "Conv",
          [g.input("x", [1, 16, 8, 8]), g.initializer("w", zeros("float32", [8, 3, 3, 3]))],
          {},
          { name: "conv" },
        ),
      /^conv \(Conv\): input \[1,16,8,8\] has 16 channels, weight \[8,3,3,3\] with group 1 expects 3/,
    ],
    [
      "a dilated kernel",
      (g) =>
        g.add(
          "Conv",
          [g.input("x", [1, 3, 8, 8]), g.initializer("w", zeros("float32", [8, 3, 3, 3]))],
          { dilations: ints(1, 4) },
          { name: "conv" },
        ),
      /kernel 3 \(dilated to 9\) > padded input 8 in axis 3/,
    ],
    [
      "inner sizes",
      (g) => g.add("MatMul", [g.input("a", ["n", 4]), g.input("b", [5, 6])], {}, { name: "mm" }),
      /^mm \(MatMul\): \[n,4\] by \[5,6\]: inner sizes 4 and 5 differ/,
    ],
    [
      "broadcasting",
      (g) => g.add("Add", [g.input("a", ["n", 8, 4]), g.input("b", [8, 5])], {}, { name: "add" }),
      /^add \(Add\): \[n,8,4\] and \[8,5\] do not broadcast: 4 against 5 in axis 2/,
    ],
    [
      "a symbolic reshape",
      (g) =>
        g.add(
          "Reshape",
          [g.input("x", ["n", 6]), g.initializer("s", int64s([0, 5]))],
          {},
          { name: "view" },
        ),
      /^view \(Reshape\): \[n,6\] to \[0,5\]: 6\*n elements against 5\*n/,
    ],
    [
      "a concatenation",
      (g) =>
        g.add(
          "Concat",
          [g.input("a", [1, 8, 7]), g.input("b", [1, 8, 6])],
          { axis: int(1) },
          { name: "cat" },
        ),
      /^cat \(Concat\): inputs 0 and 1 are \[1,8,7\] and \[1,8,6\]: 7 against 6 in axis 2/,
    ],
  ])("%s: the message has the node, both values and the axis", (_, fill, message) => {
    expect(() => analyze(build(fill))).toThrow(message);
  });

  test("free dimensions unify with numbers, also across declared types", () => {
    const g = new GraphBuilder();
    const sum = g.add(
      "Add",
      [g.input("a", ["n", 8]), g.input("b", [4, "c"])],
      {},
      {
        outputs: ["sum"],
      },
    );
    g.output(sum, ["any", 8]);
    expect(analyze(g.build()).types.get("sum")!.shape).toEqual([4, 8]);
  });

  test("a size for a dimension that is not free is refused, naming those that are", () => {
    const g = new GraphBuilder();
    g.output(g.add("Relu", [g.input("x", ["n", 8])]));
    const graph = g.build();
    expect(() => analyze(graph, { bind: { batch: 8 } })).toThrow(
      "graph graph has no free dimension batch; it has n",
    );
    expect(() => analyze(graph, { bind: { n: 0 } })).toThrow("dimension n is given as 0");
  });
});
