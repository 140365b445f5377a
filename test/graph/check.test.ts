import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkGraph, findCycle, freeNames, MAX_GRAPH_DEPTH } from "../../src/graph/check.ts";
import { topologicalOrder } from "../../src/graph/order.ts";
import type { Graph, Node } from "../../src/graph/types.ts";

const node = (name: string, inputs: string[], outputs: string[], body?: Graph): Node => ({
  name,
  op: "Op",
  domain: "",
  inputs,
  outputs,
  attributes: body === undefined ? {} : { body: { kind: "graph", value: body } },
});

const graph = (nodes: Node[], outputs: string[] = [], inputs: string[] = []): Graph => ({
  name: "g",
  nodes,
  inputs: inputs.map((name) => ({ name, dtype: "float32", shape: undefined })),
  outputs: outputs.map((name) => ({ name, dtype: "float32", shape: undefined })),
  initializers: new Map(),
  declared: new Map(),
  opsets: new Map([["", 20]]),
  metadata: {},
});

describe("checkGraph", () => {
  test.each<[string, Graph, string]>([
    [
      "a missing producer",
      graph([node("a", ["", "w"], ["y"])]),
      "f.onnx: a (Op): input 1 is w, which is no graph input, no initializer and no node's output",
    ],
    [
      "two producers",
      graph([node("a", [], ["y"]), node("b", [], ["y"])]),
      "f.onnx: value y has two producers: a (Op) and b (Op)",
    ],
    [
      "an input computed",
      graph([node("a", [], ["x"])], [], ["x"]),
      "value x has two producers: a graph input and a (Op)",
    ],
    [
      "two nodes of one name",
      graph([node("a", [], ["x"]), node("a", [], ["y"])]),
      "two nodes are named a",
    ],
    ["a missing output", graph([], ["y"]), "nothing computes the graph's output y"],
    [
      "a cycle",
      graph([node("a", ["z"], ["x"]), node("b", ["x"], ["y"]), node("c", ["y"], ["z"])]),
      "the nodes form a cycle: a -> b -> c -> a",
    ],
    ["a self loop", graph([node("a", ["x"], ["x"])]), "the nodes form a cycle: a -> a"],
    [
      "wrong order",
      graph([node("b", ["x"], ["y"]), node("a", [], ["x"])]),
      "b (Op): input 0 is x, which a (Op) computes only later",
    ],
    [
      "a subgraph that reads what is not there",
      graph([node("a", [], ["y"], graph([node("in", ["q"], ["r"])]))]),
      "f.onnx: a (Op), subgraph g: in (Op): input 0 is q, which is no graph input",
    ],
  ])("%s", (_, g, message) => {
    expect(() => checkGraph(g, "f.onnx")).toThrow(message);
  });

  test("a subgraph reads the values around it, but not those after it", () => {
    const body = graph([node("in", ["x"], ["r"])], ["r"]);
    checkGraph(graph([node("a", [], ["x"]), node("b", [], ["y"], body)], ["y"]));
    expect(() => checkGraph(graph([node("b", [], ["y"], body), node("a", [], ["x"])]))).toThrow(
      "in (Op): input 0 is x",
    );
    expect(freeNames(body)).toEqual(new Set(["x"]));
  });

  test("nesting has an end", () => {
    let g = graph([]);
    for (let i = 0; i < MAX_GRAPH_DEPTH + 1; i++) g = graph([node("n", [], ["y"], g)]);
    expect(() => checkGraph(g)).toThrow("subgraphs are nested 33 deep, at most 32");
  });

  test("networks deeper than the call stack", () => {
    const nodes = Array.from({ length: 100_000 }, (_, i) =>
      node(`n${i}`, [`v${i}`], [`v${i + 1}`]),
    );
    checkGraph(graph(nodes, ["v100000"], ["v0"]));
    expect(topologicalOrder(nodes.toReversed())).toEqual(nodes);
    const loop = [node("back", ["v100000"], ["v0"]), ...nodes];
    expect(findCycle(graph(loop))!.length).toBe(100_002);
  });
});

test("any order of an acyclic graph is put right, and a right one is left alone", () => {
  const shuffled = fc
    .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 12 })
    .chain((reads) => {
      const nodes = reads.map((r, i) =>
        node(`n${i}`, i === 0 ? [] : r.map((x) => `v${x % i}`), [`v${i}`]),
      );
      return fc
        .shuffledSubarray(nodes, { minLength: nodes.length })
        .map((order) => ({ nodes, order }));
    });
  fc.assert(
    fc.property(shuffled, ({ nodes, order }) => {
      checkGraph(graph([...topologicalOrder(order)]));
      expect(topologicalOrder(nodes)).toBe(nodes);
    }),
    { numRuns: 200, seed: 1 },
  );
});
