import { expect, test } from "vitest";
import { int, ints } from "../../../src/graph/attribute.ts";
import { channelTies } from "../../../src/graph/morph/ties.ts";
import type { Graph } from "../../../src/graph/types.ts";
import { analyze } from "../../../src/ops/analyze.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";
import { exotic, joined, Net, residual } from "../../reference/networks.ts";

function ties(graph: Graph) {
  return channelTies(graph, analyze(graph).types);
}

/** The group that makes a layer's channels. */
function group(graph: Graph, layer: string) {
  return ties(graph).dimensions.find((d) => d.layers.includes(layer))!;
}

test("layers of a residual stage have one width; those inside a block their own", () => {
  const graph = residual();
  expect(group(graph, "stem").layers).toEqual(["stem", "a2", "b2"]);
  expect(group(graph, "a1").layers).toEqual(["a1"]);
  expect(group(graph, "c2").layers).toEqual(["projection", "c2"]);
  expect(
    ties(graph)
      .dimensions.filter((d) => d.fixed === undefined)
      .map((d) => d.channels),
  ).toEqual([8, 6, 6, 10, 12]);
});

test("a classifier's outputs stay, and nothing else does", () => {
  const { dimensions, gaps } = ties(residual());
  expect(dimensions.filter((d) => d.fixed !== undefined).map((d) => d.layers)).toEqual([
    ["classifier"],
  ]);
  expect(gaps).toEqual([]);
});

test("depthwise filters follow their channels; a gate follows what it is multiplied with", () => {
  const graph = exotic();
  const { dimensions, layouts } = ties(graph);
  const expand = group(graph, "expand");
  expect(dimensions.find((d) => d.layers.includes("depthwise"))).toBeUndefined();
  const depthwise = graph.nodes.find((n) => n.name === "depthwise")!.outputs[0]!;
  expect(layouts.get(depthwise)).toEqual({ axis: 1, segments: [{ dim: expand.id, repeat: 2 }] });
  // 16 excited channels cannot be cut alone: they are pairs that 8 channels make.
  expect(group(graph, "excite").fixed).toContain("grouped otherwise");
});

test("grouped convolutions keep both sides in multiples of their groups", () => {
  const graph = exotic();
  expect(group(graph, "before")).toMatchObject({ channels: 12, multiple: 4, fixed: undefined });
  expect(group(graph, "grouped")).toMatchObject({ channels: 8, multiple: 4, fixed: undefined });
});

test("concatenation keeps its parts apart, in order", () => {
  const graph = joined();
  const { layouts } = ties(graph);
  const id = (layer: string) => group(graph, layer).id;
  const all = graph.nodes.filter((n) => n.op === "Concat")[1]!.outputs[0]!;
  expect(layouts.get(all)!.segments.map((s) => s.dim)).toEqual([
    id("stem"),
    id("first"),
    id("second"),
  ]);
  const flat = graph.nodes.find((n) => n.op === "Reshape")!.outputs[0]!;
  expect(layouts.get(flat)!.segments.map((s) => s.repeat)).toEqual([16, 16, 16]);
});

test("what no rule knows fixes its channels and is counted", () => {
  const net = new Net();
  const x = net.conv(net.input(3, 4), 3, 6, 3, 1, "a");
  const softmax = net.builder.add("Softmax", [x], { axis: int(1) });
  const y = net.conv(softmax, 6, 5, 3, 1, "b");
  const other = net.builder.add("Softmax", [y], { axis: int(1) });
  const graph = net.finish(net.conv(net.conv(other, 5, 4, 3, 1, "c"), 4, 2, 3, 1, "d"));
  const found = ties(graph);
  expect(found.gaps).toMatchObject([{ op: "Softmax", count: 2 }]);
  const fixed = (layer: string) => group(graph, layer).fixed;
  expect(fixed("a")).toContain("Softmax");
  expect(fixed("b")).toContain("Softmax");
  expect(fixed("c")).toBeUndefined();
  expect(fixed("d")).toContain("output");
});

test("a size that is read from other axes is harmless, the number of channels is not", () => {
  const flattened = (picked: number) => {
    const net = new Net();
    const x = net.conv(net.input(3, 4), 3, 6, 3, 1, "a");
    const size = net.op("Shape", x);
    const index = net.builder.add("Constant", [], {
      value: { kind: "tensor", value: { dtype: "int64", dims: [1], bytes: bytesOf(picked) } },
    });
    const batch = net.op("Gather", size, index);
    const rest = net.builder.add("Constant", [], {
      value: { kind: "tensor", value: { dtype: "int64", dims: [1], bytes: bytesOf(-1) } },
    });
    const shape = net.builder.add("Concat", [batch, rest], { axis: int(0) });
    const flat = net.op("Reshape", x, shape);
    const width = picked === 0 ? 96 : 0;
    return width > 0
      ? net.finish(net.linear(flat, width, 2, "b"))
      : net.finish(net.op("Relu", flat));
  };
  expect(group(flattened(0), "a").fixed).toBeUndefined();
  expect(group(flattened(1), "a").fixed).toBeDefined();
});

test("weights that are computed are left alone", () => {
  const net = new Net();
  const x = net.conv(net.input(3, 4), 3, 6, 3, 1, "a");
  const w = net.op("Mul", net.weights([5, 6, 1, 1]), net.weights([1]));
  const y = net.builder.add("Conv", [x, w], { kernel_shape: ints(1, 1) }, { name: "b" });
  const graph = net.finish(net.conv(y, 5, 2, 1, 1, "c"));
  const found = ties(graph);
  expect(group(graph, "a").fixed).toContain("computed");
  expect(found.dimensions.some((d) => d.layers.includes("b"))).toBe(false);
});

test("MobileNetV2: an expansion each, one width a stage", () => {
  const { dimensions } = ties(buildNetwork("mobilenet_v2"));
  const free = dimensions.filter((d) => d.fixed === undefined);
  // 17 blocks, the first without expansion, in 7 stages, with a stem and a last convolution.
  expect(free).toHaveLength(16 + 7 + 2);
});

function bytesOf(x: number): Uint8Array {
  return new Uint8Array(BigInt64Array.of(BigInt(x)).buffer);
}
