/** What a file can ask for without end, or against all sense, ends in one error that names the place. */
import { describe, expect, test } from "vitest";
import { int, ints, string } from "../../src/graph/attribute.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { int64s, zeros } from "../../src/graph/tensor.ts";
import { analyze } from "../../src/ops/analyze.ts";

const scalar = (x: number) => int64s([x], []);

/** A network whose `shape` operand is computed from constants. */
function shaped(op: string, make: (b: GraphBuilder) => string) {
  const b = new GraphBuilder();
  b.input("x", [1]);
  b.output(b.add(op, ["x", make(b)], {}, { name: "use" }));
  return b.build();
}

const CHAINS: Readonly<Record<string, (b: GraphBuilder) => string>> = {
  ConstantOfShape: (b) => b.add("ConstantOfShape", [b.initializer("s", int64s([1e9]))]),
  Range: (b) =>
    b.add("Range", [
      b.initializer("a", scalar(0)),
      b.initializer("b", scalar(1e12)),
      b.initializer("c", scalar(1)),
    ]),
  Tile: (b) =>
    b.add("Tile", [b.initializer("i", int64s([1, 1])), b.initializer("r", int64s([1e10]))]),
  Expand: (b) =>
    b.add("Expand", [b.initializer("i", int64s([1])), b.initializer("r", int64s([2e9]))]),
  Concat: (b) => {
    let t = b.initializer("t", int64s([1]));
    for (let i = 0; i < 40; i++) t = b.add("Concat", [t, t], { axis: int(0) });
    return t;
  },
  Gather: (b) =>
    b.add("Gather", [
      b.initializer("i", int64s([1])),
      b.add("ConstantOfShape", [b.initializer("s", int64s([3e8]))]),
    ]),
};

describe("constants that grow without end are not folded", () => {
  for (const [name, make] of Object.entries(CHAINS))
    for (const op of ["Reshape", "Expand"])
      test(`${name} to ${op}`, () => {
        expect(() => analyze(shaped(op, make))).toThrow(
          /^use \(\w+\): a shape of \d+ values asks for as many axes, at most 1024/,
        );
      });

  test("the shape is inferred all the same", () => {
    const b = new GraphBuilder();
    const y = b.add("ConstantOfShape", [b.initializer("s", int64s([1e9]))]);
    b.output(y);
    const a = analyze(b.build());
    expect(a.types.get(y)!.shape).toEqual([1e9]);
  });

  test("more elements than 2^53, and negative sizes", () => {
    expect(() =>
      analyze(shaped("Expand", (b) => b.initializer("s", int64s([2 ** 31, 2 ** 31])))),
    ).toThrow("use (Expand): shape [2147483648,2147483648] has 4.61e+18 elements, more than 2^53");
    const b = new GraphBuilder();
    b.input("x", [2 ** 40, 2 ** 40]);
    b.output(b.add("Relu", ["x"]));
    expect(() => analyze(b.build())).toThrow("graph input x: shape");
    expect(() => analyze(shaped("Tile", (g) => g.initializer("r", int64s([-2]))))).toThrow(
      "use (Tile): repeats=[-2] holds -2",
    );
  });
});

describe("attributes", () => {
  test.each(["MaxPool", "AveragePool", "LpPool"])("%s with an empty window", (op) => {
    const b = new GraphBuilder();
    b.input("x", [1, 3, 8, 8]);
    b.output(b.add(op, ["x"], { kernel_shape: ints(0, 0) }, { name: "pool" }));
    expect(() => analyze(b.build())).toThrow(
      `pool (${op}): kernel_shape=[0,0] holds 0, expected 1 or more`,
    );
  });

  test.each(["Conv", "ConvTranspose"])("%s with a weight of no size", (op) => {
    const b = new GraphBuilder();
    b.input("x", [1, 4, 8, 8]);
    b.output(
      b.add(op, ["x", b.initializer("w", zeros("float32", [4, 4, 0, 0]))], {}, { name: "c" }),
    );
    expect(() => analyze(b.build())).toThrow(`c (${op}): kernel size 0 in axis 2`);
  });

  test("a constant index outside of its axis", () => {
    const gather = (index: number) => {
      const b = new GraphBuilder();
      b.input("x", ["batch", 3, 8, 8]);
      const i = b.initializer("i", int64s([index]));
      b.output(b.add("Gather", ["x", i], { axis: int(1) }, { name: "pick" }));
      return b.build();
    };
    for (const index of [55, 3, -4])
      expect(() => analyze(gather(index))).toThrow(
        `pick (Gather): index ${index} is outside axis 1 of [batch,3,8,8]`,
      );
    for (const index of [0, 2, -3]) analyze(gather(index));
  });

  test("an equation of 100,000 characters is not repeated in full", () => {
    const b = new GraphBuilder();
    b.input("x", [2, 2]);
    b.output(b.add("Einsum", ["x"], { equation: string("i".repeat(100_000)) }));
    let message = "";
    try {
      analyze(b.build());
    } catch (e) {
      message = String(e);
    }
    expect(message).toMatch(/equation term 'iii/);
    expect(message.length).toBeLessThan(1000);
  });
});

test("a node without outputs", () => {
  const b = new GraphBuilder();
  b.input("x", [1]);
  b.output(b.add("Relu", ["x"]));
  const graph = b.build();
  const idle = { ...graph.nodes[0]!, name: "idle", outputs: [] };
  expect(() => analyze({ ...graph, nodes: [...graph.nodes, idle] })).toThrow(
    "idle (Relu): has no outputs",
  );
});

test("an input of unknown rank is named, and only what follows is 'after another gap'", () => {
  const b = new GraphBuilder();
  b.input("x", undefined);
  b.output(b.add("Sigmoid", [b.add("Relu", ["x"])]));
  expect(analyze(b.build()).gaps.map((g) => `${g.op}: ${g.reason}`)).toEqual([
    "Relu: graph input x has no declared shape",
    "Sigmoid: an input's shape is not known, after another gap",
  ]);
});

test("an expression that grows too large is told with its node", () => {
  const b = new GraphBuilder();
  b.input("x", ["a", "b", "c", "d"]);
  b.input("e", [1]);
  let s = b.add("ReduceSum", [b.add("Shape", ["x"])]);
  for (let i = 0; i < 12; i++) s = b.add("Mul", [s, s], {}, { name: `square_${i}` });
  b.output(b.add("Expand", ["e", s]));
  expect(() => analyze(b.build())).toThrow(/^square_\d+ \(Mul\): a dimension's expression grows/);
});

test("dimensions with the names of JavaScript's own properties are counted like any other", () => {
  const b = new GraphBuilder();
  b.input("x", ["__proto__", "constructor", "toString", 8]);
  b.output(b.add("Relu", ["x"]));
  const graph = b.build();
  expect(Object.entries(analyze(graph).bound)).toEqual([
    ["__proto__", 1],
    ["constructor", 1],
    ["toString", 1],
  ]);
  const bind = Object.fromEntries([
    ["__proto__", 5],
    ["constructor", 3],
    ["toString", 2],
  ]);
  const a = analyze(graph, { bind });
  expect(a.nodes[0]!.outputs[0]!.shape).toEqual([5, 3, 2, 8]);
  expect(Object.entries(a.bound)).toEqual(Object.entries(bind));
});
