/** Models made by the official Python package; see test/data/onnx/README.md. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { numbers, typedView } from "../../src/graph/tensor.ts";
import type { Attribute, Graph } from "../../src/graph/types.ts";
import { DTYPE_NUMBERS } from "../../src/onnx/dtypes.ts";
import { openOnnx } from "../../src/onnx/file.ts";
import { TensorProto_DataType } from "../../src/onnx/generated/onnx_pb.ts";
import { readOnnx } from "../../src/onnx/read.ts";
import { writeOnnx } from "../../src/onnx/write.ts";

interface Expected {
  readonly dtypes: Record<string, { readonly values: readonly unknown[]; readonly raw: string }>;
  readonly external: { readonly w: string; readonly m: readonly number[] };
  readonly functions: { readonly ops: readonly string[]; readonly alphas: readonly number[] };
  readonly sparse: Record<string, readonly number[]>;
}

const vector = (name: string) => fileURLToPath(new URL(`../data/onnx/${name}`, import.meta.url));
const expected = JSON.parse(readFileSync(vector("expected.json"), "utf8")) as Expected;
const read = (name: string) => readOnnx(readFileSync(vector(`${name}.onnx`)), { name });

function attribute(graph: Graph, node: number, name: string): Attribute {
  return graph.nodes[node]!.attributes[name]!;
}

test("every kind of attribute", () => {
  const { graph, producer, warnings } = read("attributes");
  const get = (name: string) => attribute(graph, 0, name);
  expect(producer).toBe("vectors");
  expect(warnings).toEqual([]);
  expect(get("a_float")).toEqual({ kind: "float", value: Math.fround(0.1) });
  expect(get("a_nan")).toEqual({ kind: "float", value: Number.NaN });
  expect(get("an_infinity")).toEqual({ kind: "float", value: Number.NEGATIVE_INFINITY });
  expect(get("an_int")).toEqual({ kind: "int", value: -(2 ** 53) + 1 });
  expect(get("the_largest_int")).toEqual({ kind: "int", value: 2 ** 63 });
  expect(get("the_smallest_int")).toEqual({ kind: "int", value: -(2 ** 63) });
  expect(get("a_string")).toEqual({ kind: "string", value: "größer, 大" });
  expect(get("some_floats")).toEqual({
    kind: "floats",
    value: [1.5, 2.5, Number.POSITIVE_INFINITY],
  });
  expect(get("some_ints")).toEqual({ kind: "ints", value: [1, -1, 0] });
  expect(get("some_strings")).toEqual({ kind: "strings", value: ["a", "", "ü"] });
  expect(get("no_ints")).toEqual({ kind: "ints", value: [] });
  expect(get("a_zero_left_out")).toEqual({ kind: "int", value: 0 });
  expect(get("a_type_left_out")).toEqual({ kind: "ints", value: [7, 8] });
  const t = get("a_tensor");
  expect(t.kind === "tensor" && Array.from(numbers(t.value))).toEqual([1, 2]);
  const ts = get("some_tensors");
  expect(ts.kind === "tensors" && ts.value.map((x) => Array.from(numbers(x)))).toEqual([
    [1, 2],
    [1, 2],
  ]);
  const g = get("a_graph");
  expect(g.kind === "graph" && g.value.nodes[0]!.inputs).toEqual(["outer"]);
  for (const [name, type] of [
    ["a_sparse_tensor", "SPARSE_TENSOR"],
    ["some_sparse_tensors", "SPARSE_TENSORS"],
    ["a_type", "TYPE_PROTO"],
    ["some_types", "TYPE_PROTOS"],
    ["bytes", "STRING"],
  ] as const)
    expect(get(name)).toMatchObject({ kind: "opaque", type });
  expect(graph.metadata.author).toBe("nobody");
  expect(Object.entries(graph.metadata)).toContainEqual(["__proto__", "a key like any other"]);
});

test("all of it survives being written", () => {
  for (const name of [
    "attributes",
    "control-flow",
    "dtypes-typed",
    "sparse",
    "shapes",
    "functions",
  ]) {
    const { graph } = read(name);
    const bytes = writeOnnx(graph);
    const back = readOnnx(bytes, { name });
    expect(writeOnnx(back.graph), name).toEqual(bytes);
    expect(back.graph.nodes, name).toEqual(graph.nodes);
  }
});

describe.each(["dtypes-raw", "dtypes-typed"])("%s", (name) => {
  const { initializers } = read(name).graph;
  test.each(Object.entries(expected.dtypes))("%s", (type, { values, raw }) => {
    const tensor = initializers.get(type)!;
    expect(DTYPE_NUMBERS[tensor.dtype]).toBe(
      TensorProto_DataType[type as keyof typeof TensorProto_DataType],
    );
    expect(Buffer.from(tensor.bytes).toString("hex")).toBe(raw);
    if (tensor.dtype === "int64" || tensor.dtype === "uint64")
      expect(Array.from(typedView(tensor), String)).toEqual(values);
    else if (tensor.dtype.startsWith("complex"))
      expect(Array.from(typedView(tensor), Number)).toEqual(values.flat());
    else expect(Array.from(numbers(tensor))).toEqual(values.map(Number));
  });
  test("strings, a scalar, nothing", () => {
    expect(initializers.get("STRING")!.strings).toEqual(["a", "", "ß"]);
    expect(initializers.get("SCALAR")).toMatchObject({ dims: [] });
    expect(Array.from(numbers(initializers.get("SCALAR")!))).toEqual([2.5]);
    expect(initializers.get("EMPTY")).toMatchObject({ dims: [0, 3], bytes: new Uint8Array(0) });
  });
});

test("numbers that are not packed, and a graph in two parts", () => {
  const { initializers } = read("unpacked").graph;
  const list = [1, -2, 300, -(2 ** 40), 0];
  expect(Array.from(numbers(initializers.get("ints")!))).toEqual(list);
  expect(Array.from(numbers(initializers.get("mixed")!))).toEqual(list);
  expect(Array.from(numbers(initializers.get("floats")!))).toEqual([0.5, -1.25]);
});

test("external data", () => {
  const { graph, warnings } = openOnnx(vector("external.onnx"));
  expect(warnings).toEqual([]);
  const w = graph.initializers.get("w")!;
  expect(w.external).toEqual({ location: "external.data", offset: 0, length: 12000 });
  expect(createHash("sha256").update(w.bytes).digest("hex")).toBe(expected.external.w);
  expect(Array.from(numbers(graph.initializers.get("m")!))).toEqual(expected.external.m);
});

test("external data that was not given", () => {
  const { graph, warnings } = read("external");
  expect(warnings).toEqual([
    "weights in external.data cannot be read: external files were not given",
  ]);
  expect(graph.initializers.get("w")!.dims).toEqual([30, 100]);
  expect(() => graph.initializers.get("w")!.bytes).toThrow(
    "external: initializer w lies in external.data, which cannot be read",
  );
});

test("local functions are replaced by their bodies", () => {
  const { graph } = read("functions");
  expect(graph.nodes.map((n) => n.op)).toEqual(expected.functions.ops);
  const leaks = graph.nodes.filter((n) => n.op === "LeakyRelu");
  expect(leaks.map((n) => n.attributes.alpha)).toEqual(
    expected.functions.alphas.map((value) => ({ kind: "float", value })),
  );
  expect(leaks.map((n) => n.name)).toEqual([
    "one/first/leak",
    "one/second/leak",
    "two/first/leak",
    "two/second/leak",
  ]);
  // The file has a value of that name already.
  expect(graph.nodes[0]!.outputs).toEqual(["one/first/h_"]);
  const branch = attribute(graph, 4, "then_branch");
  expect(branch.kind === "graph" && branch.value.nodes[0]!.inputs).toEqual(["one/t"]);
  expect(graph.nodes[4]!.outputs).toEqual(["p"]);
});

test("sparse initializers become dense", () => {
  const { graph, warnings } = read("sparse");
  for (const name of ["linear", "pairs"])
    expect(Array.from(numbers(graph.initializers.get(name)!))).toEqual(expected.sparse[name]);
  expect(warnings[0]).toBe(
    "initializer linear is stored sparse; it is read as a dense tensor of 48 bytes",
  );
});

test("control flow keeps its subgraphs", () => {
  const { graph } = read("control-flow");
  expect(graph.nodes.map((n) => n.name)).toEqual(["If_0", "Loop_1", "Scan_2"]);
  expect(graph.nodes[1]!.inputs).toEqual(["three", "", "x"]);
  const then = attribute(graph, 0, "then_branch");
  expect(then.kind === "graph" && then.value.outputs[0]!.otherType).toEqual(new Uint8Array(0));
  const otherwise = attribute(graph, 0, "else_branch");
  expect(otherwise.kind === "graph" && numbers(otherwise.value.initializers.get("k")!)).toEqual(
    new Float32Array([1, 2]),
  );
});

test("old and loose forms", () => {
  const { graph, warnings, irVersion } = read("shapes");
  expect(irVersion).toBe(3);
  expect(graph.inputs).toEqual([
    { name: "x", dtype: "float32", shape: ["batch", 3, "x_dim2", "2*width"] },
  ]);
  expect(graph.declared.get("h")).toEqual({ dtype: "float32", shape: ["batch", 1, "h_dim2", 8] });
  expect(graph.nodes.map((n) => [n.name, n.op, n.domain])).toEqual([
    ["same_2", "Conv", ""],
    ["same", "Relu", ""],
    ["Clip_2", "Clip", ""],
    ["SequenceConstruct_3", "SequenceConstruct", ""],
  ]);
  expect(graph.outputs[0]).toEqual({ name: "z", dtype: "float32", shape: undefined });
  expect(graph.outputs[1]!.otherType!.length).toBeGreaterThan(0);
  expect(graph.opsets).toEqual(new Map([["", 11]]));
  expect(warnings).toEqual([
    "operator set 11 is older than 13 to 24, which Tidemark knows; tried all the same",
    "two nodes are named same; the second is now same_2",
  ]);
});
