import { expect, test } from "vitest";
import { graphAttribute } from "../../src/graph/attribute.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { checkGraph } from "../../src/graph/check.ts";
import {
  indexGraph,
  nameMaker,
  removeDead,
  renameValues,
  replaceNodes,
  replaceValue,
} from "../../src/graph/edit.ts";
import { float32s } from "../../src/graph/tensor.ts";
import type { Graph } from "../../src/graph/types.ts";

/** y = If(c) { Relu(h) } with h = Conv(x, w), and a branch that nothing needs. */
function sample(): Graph {
  const body: Graph = {
    name: "then",
    nodes: [{ name: "in", op: "Relu", domain: "", inputs: ["h"], outputs: ["r"], attributes: {} }],
    inputs: [],
    outputs: [{ name: "r", dtype: "float32", shape: undefined }],
    initializers: new Map(),
    declared: new Map(),
    opsets: new Map([["", 20]]),
    metadata: {},
  };
  const b = new GraphBuilder();
  b.input("x", [1]);
  b.input("c", [], "bool");
  b.initializer("w", float32s([1]));
  b.initializer("unused", float32s([1]));
  b.add("Conv", ["x", "w"], {}, { outputs: ["h"] });
  b.add("Neg", ["unused"], {}, { outputs: ["dead"] });
  b.declare("dead", [1]);
  b.declare("h", [1]);
  b.add("If", ["c"], { then_branch: graphAttribute(body) }, { outputs: ["y"] });
  b.output("y");
  return b.build();
}

test("index", () => {
  const index = indexGraph(sample());
  expect(index.producer("h")!.op).toBe("Conv");
  expect(index.producer("x")).toBeUndefined();
  // Only the If's subgraph reads h.
  expect(index.consumers("h").map((n) => n.op)).toEqual(["If"]);
  expect(index.consumers("y")).toEqual([]);
  expect(index.isOutput("y")).toBe(true);
});

test("what no output needs goes, what a subgraph reads stays", () => {
  const g = removeDead(sample());
  expect(g.nodes.map((n) => n.op)).toEqual(["Conv", "If"]);
  expect([...g.initializers.keys()]).toEqual(["w"]);
  expect([...g.declared.keys()]).toEqual(["h"]);
  expect(g.inputs.map((v) => v.name)).toEqual(["x", "c"]);
  checkGraph(g);
});

test("renaming reaches subgraphs", () => {
  const g = renameValues(
    sample(),
    new Map([
      ["h", "features"],
      ["x", "image"],
      ["y", "logits"],
    ]),
  );
  checkGraph(g);
  const branch = g.nodes[2]!.attributes.then_branch!;
  expect(branch.kind === "graph" && branch.value.nodes[0]!.inputs).toEqual(["features"]);
  expect(g.outputs[0]!.name).toBe("logits");
  expect([...g.declared.keys()]).toEqual(["dead", "features"]);
  expect(() => renameValues(sample(), new Map([["h", "y"]]))).toThrow(
    "values h and y would both be named y",
  );
  expect(() => renameValues(sample(), new Map([["h", "r"]]))).toThrow(
    "subgraph then reads h, which cannot become r",
  );
});

test("replacing a value and a node", () => {
  const bypassed = removeDead(replaceValue(sample(), "h", "x"));
  expect(bypassed.nodes.map((n) => n.op)).toEqual(["If"]);
  checkGraph(bypassed);
  const fresh = nameMaker(sample());
  const [v, bias] = [fresh("h"), fresh("bias")];
  expect([v, bias]).toEqual(["h_1", "bias"]);
  const g = replaceNodes(
    sample(),
    (n) =>
      n.op !== "Conv"
        ? undefined
        : // The consumer first: the result is sorted.
          [
            { ...n, name: "add", op: "Add", inputs: [v, bias] },
            { ...n, outputs: [v] },
          ],
    new Map([[bias, float32s([2])]]),
  );
  checkGraph(g);
  expect(g.nodes.map((n) => n.op)).toEqual(["Conv", "Add", "Neg", "If"]);
});
