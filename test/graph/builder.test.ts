import { expect, test } from "vitest";
import { int, ints } from "../../src/graph/attribute.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { float32s, zeros } from "../../src/graph/tensor.ts";

test("a network as code has its nodes in order, with names of their own", () => {
  const b = new GraphBuilder({ name: "tiny" });
  const x = b.input("input", ["batch", 3, 8, 8]);
  const w = b.initializer("w", zeros("float32", [4, 3, 3, 3]));
  const y = b.add("Conv", [x, w], { kernel_shape: ints(3, 3), group: int(1) });
  const [l, r] = b.addMany("Split", [y, b.initializer("s", float32s([2, 2]))], 2, { axis: int(1) });
  b.output(b.add("Add", [l!, r!], {}, { outputs: ["output"] }), ["batch", 2, 6, 6]);
  const graph = b.build();
  expect(graph.nodes.map((n) => n.name)).toEqual(["Conv_0", "Split_1", "Add_2"]);
  expect(graph.nodes[1]!.inputs).toEqual(["Conv_0_out", "s"]);
  expect(graph.nodes[2]!.inputs).toEqual(["Split_1_out", "Split_1_out1"]);
  expect(graph.outputs).toEqual([{ name: "output", dtype: "float32", shape: ["batch", 2, 6, 6] }]);
  expect(graph.initializers.get("w")!.bytes.length).toBe(4 * 3 * 3 * 3 * 4);
  expect(graph.opsets.get("")).toBe(20);
});

test("mistakes are told where they are made", () => {
  const b = new GraphBuilder();
  b.input("x", [1]);
  expect(() => b.input("x", [1])).toThrow("input: value x exists already");
  expect(() => b.add("Relu", ["y"])).toThrow("node Relu_0 (Relu): no value y so far");
  b.add("Relu", ["x"], {}, { name: "a" });
  expect(() => b.add("Relu", ["x"], {}, { name: "a" })).toThrow("node a (Relu): the name is taken");
  b.output("nowhere");
  expect(() => b.build()).toThrow("nothing computes the graph's output nowhere");
});
