import { describe, expect, it } from "vitest";
import {
  type BlockRegion,
  BlockWriter,
  blockSource,
  haloOf,
  regionGaps,
  regionMacs,
} from "../../../src/dynamic/blocks/index.ts";
import { int, ints } from "../../../src/graph/attribute.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import type { Graph, Node } from "../../../src/graph/types.ts";
import { conv, feedsFor, formOf, networkOf, residual, resultOf } from "./regions.ts";

const network = () => networkOf({ ...residual, batch: 1, height: 16 });

function write(graph: Graph, region: BlockRegion, shape: readonly (number | string)[]) {
  const g = new GraphBuilder();
  for (const input of graph.inputs) g.input(input.name, input.shape);
  g.input("mask", shape);
  const mask = { name: "mask", dtype: "float32", shape } as const;
  return new BlockWriter(g, blockSource(graph)).blocked(region, mask, "result");
}

/** A region of one node without weights on x [1, 4, 8, 8]. */
function single(op: string, attributes: Node["attributes"] = {}, inputs = ["x"]) {
  const g = new GraphBuilder();
  g.input("x", [1, 4, 8, 8]);
  g.input("w", [4, 4, 1, 1]);
  g.output(g.add(op, inputs, attributes));
  const graph = g.build();
  return { graph, gaps: regionGaps(graph.nodes, blockSource(graph)) };
}

describe("a region", () => {
  it("names the operators that cannot be computed in blocks, and why", () => {
    const reason = (...args: Parameters<typeof single>) => single(...args).gaps[0]?.reason;
    expect(reason("Softmax", { axis: int(1) })).toBe("no block execution knows the operator");
    expect(reason("GlobalAveragePool")).toBe("no block execution knows the operator");
    expect(reason("Conv", {}, ["x", "w"])).toBe("its weights are computed, not constant");
    expect(reason("Add", {}, ["x", "x"])).toBe("more than one of its operands is computed");
    const pool = { kernel_shape: ints(3, 3), strides: ints(2, 2) };
    expect(reason("AveragePool", { ...pool, ceil_mode: int(1) })).toContain("ceil_mode");
    expect(reason("MaxPool", { ...pool, ceil_mode: int(1) })).toBeUndefined();
    const auto = { kind: "string", value: "SAME_UPPER" } as const;
    expect(reason("MaxPool", { ...pool, auto_pad: auto })).toContain("depends on the image's size");
    expect(reason("Relu")).toBeUndefined();
    const { graph } = single("GlobalAveragePool");
    const node = graph.nodes[0]!;
    const region = {
      nodes: [node],
      input: "x",
      output: node.outputs[0]!,
      block: 1,
      mode: "replace",
    } as const;
    expect(() => write(graph, region, [1, 1, 1, 1])).toThrow(
      "GlobalAveragePool_0 (GlobalAveragePool) cannot be computed in blocks: no block execution knows the operator",
    );
  });

  it("is a chain, with a base of its output's shape", () => {
    const { graph, region } = network();
    const shape = [1, 1, 4, 4];
    const without = { ...region, nodes: region.nodes.filter(({ op }) => op !== "Relu") };
    expect(() => write(graph, without, shape)).toThrow("does not read");
    const short = { ...region, nodes: region.nodes.slice(0, 2) };
    expect(() => write(graph, short, shape)).toThrow("its nodes end at");
    const strided = networkOf({ ...residual, layers: [conv({ stride: [2, 2] })] });
    const base = { ...strided.region, mode: "add", base: "x" } as const;
    expect(() => write(strided.graph, base, ["batch", 1, 2, 2])).toThrow(
      /the base x is \[batch, 16, 13, 16\], the output \[batch, 16, 7, 8\]/,
    );
    expect(() => write(graph, { ...region, block: 0 }, shape)).toThrow(
      "the block is 0 pixels wide",
    );
    const after = region.nodes.filter(({ op }) => op === "BatchNormalization");
    expect(() => write(graph, { ...region, after }, shape)).toThrow("follows the sum");
  });

  it("refuses a mask of the wrong shape, before it runs or when it runs", async () => {
    const { graph, region } = network();
    expect(() => write(graph, region, [1, 1, 4, 5])).toThrow(
      "the mask mask is float32 [1, 1, 4, 5], expected float32 [1, 1, 4, 4]",
    );
    expect(() => write(graph, region, [1, 4, 4])).toThrow("expected float32 [1, 1, 4, 4]");
    const blocked = formOf(networkOf({ ...residual, batch: 1, height: 16 }), "blocked");
    const loose = {
      ...blocked,
      inputs: blocked.inputs.map((v) =>
        v.name === "mask" ? { ...v, shape: [1, 1, "h", "w"] } : v,
      ),
    };
    const feeds = feedsFor(loose, 1, "all", { h: 4, w: 5 });
    await expect(resultOf(loose, feeds)).rejects.toThrow("Reshape");
  });

  it("knows its halo and what a block costs", () => {
    const { graph, region } = network();
    const source = blockSource(graph);
    const { input, after, grid } = haloOf(region, source);
    expect(input).toEqual({ size: [8, 8], offset: [2, 2], pitch: [4, 4] });
    expect(after[0]!.size).toEqual([6, 6]);
    expect(after.at(-1)).toEqual({ size: [4, 4], offset: [0, 0], pitch: [4, 4] });
    expect(grid).toEqual([4, 4]);
    const macs = 9 * 16 * 16;
    expect(regionMacs(region, source)).toEqual({
      dense: 2 * 256 * macs,
      block: (36 + 16) * macs,
      blocks: 16,
    });
    const strided = networkOf({
      ...residual,
      height: "h",
      mode: "replace",
      layers: [conv({ stride: [2, 2] }), conv({ dilation: 2, pads: [2, 2, 2, 2] })],
    });
    expect(haloOf(strided.region, blockSource(strided.graph)).input).toEqual({
      size: [17, 17],
      offset: [5, 5],
      pitch: [8, 8],
    });
    expect(() => regionMacs(strided.region, blockSource(strided.graph))).toThrow("is free");
    const bound = regionMacs(strided.region, blockSource(strided.graph), { h: 16 });
    expect(bound).toEqual({ dense: 2 * 64 * macs, block: (64 + 16) * macs, blocks: 4 });
  });

  it("says why it cannot be computed on lists of pixels", () => {
    const pixels = { method: "pixels" } as const;
    const pooled = networkOf({
      ...residual,
      mode: "replace",
      layers: [conv(), conv({ op: "max" })],
    });
    expect(() => formOf(pooled, "blocked", pixels)).toThrow(/\(MaxPool\) is no convolution/);
    const grouped = networkOf({ ...residual, layers: [conv({ grouped: true })] });
    expect(() => formOf(grouped, "blocked", pixels)).toThrow(/\(Conv\) is grouped/);
    const free = networkOf({ ...residual, height: "h" });
    expect(() => formOf(free, "blocked", pixels)).toThrow("the size of its image is not known");
  });
});
