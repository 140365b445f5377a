import { expect, it } from "vitest";
import { stream } from "../../../src/base/rng.ts";
import {
  type BlockOptions,
  type BlockRegion,
  BlockWriter,
  blockSource,
  haloOf,
} from "../../../src/dynamic/blocks/index.ts";
import { ints, subgraphs } from "../../../src/graph/attribute.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { removeDead } from "../../../src/graph/edit.ts";
import { float32s } from "../../../src/graph/tensor.ts";
import type { Graph, Node } from "../../../src/graph/types.ts";
import { nodeEngine } from "../../../src/runtime/index.ts";
import { expectSame, feedsFor, resultOf } from "./regions.ts";

/** Two stages of residual blocks, the second at half the resolution. */
function stages() {
  const rng = stream(5, "test/chained");
  const g = new GraphBuilder({ name: "stages" });
  g.input("x", ["batch", 16, 20, 20]);
  const conv = (
    name: string,
    x: string,
    channels: readonly number[],
    kernel: number,
    stride = 1,
  ) => {
    const dims = [channels[1]!, channels[0]!, kernel, kernel];
    const count = dims.reduce((a, b) => a * b, 1);
    const w = float32s(
      Array.from({ length: count }, () => rng.normal() / Math.sqrt(count)),
      dims,
    );
    const b = float32s(Array.from({ length: channels[1]! }, () => rng.normal()));
    const pad = kernel >> 1;
    return g.add(
      "Conv",
      [x, g.initializer(`${name}.w`, w), g.initializer(`${name}.b`, b)],
      { pads: ints(pad, pad, pad, pad), strides: ints(stride, stride) },
      { name, outputs: [name] },
    );
  };
  const relu = (x: string) => g.add("Relu", [x], {}, { name: `${x}.relu`, outputs: [`${x}.relu`] });
  const regions: {
    region: Omit<BlockRegion, "nodes" | "after">;
    prefix: string;
    result: string;
  }[] = [];
  let x = "x";
  const residual = (prefix: string, from: number, to: number, stride: number, block: number) => {
    const input = x;
    const f = conv(`${prefix}.b`, relu(conv(`${prefix}.a`, x, [from, to], 3, stride)), [to, to], 3);
    const base = stride === 1 ? input : conv(`short.${prefix}`, x, [from, to], 1, stride);
    x = relu(g.add("Add", [f, base], {}, { name: `${prefix}.sum`, outputs: [`${prefix}.sum`] }));
    regions.push({ region: { input, output: f, base, block, mode: "add" }, prefix, result: x });
  };
  residual("r0", 16, 16, 1, 4);
  residual("r1", 16, 16, 1, 8);
  residual("r2", 16, 32, 2, 4);
  residual("r3", 32, 32, 1, 4);
  g.output(x);
  const dense = g.build();
  const nodes = (test: (n: Node) => boolean) => dense.nodes.filter(test);
  return {
    dense,
    regions: regions.map(({ region, prefix, result }) => ({
      result,
      region: {
        ...region,
        nodes: nodes((n) => n.name.startsWith(`${prefix}.`) && !n.name.includes("sum")),
        after: nodes((n) => n.name === `${prefix}.sum.relu`),
      } satisfies BlockRegion,
    })),
  };
}

/** The network with each region replaced, each by a mask of its own. */
function dynamic(form: "masked" | "blocked", options: BlockOptions = {}): Graph {
  const { dense, regions } = stages();
  const source = blockSource(dense);
  const g = new GraphBuilder({ name: form });
  for (const { name, shape } of dense.inputs) g.input(name, shape);
  const writer = new BlockWriter(g, source);
  for (const node of dense.nodes) {
    const found = regions.find(({ region }) => region.after[0] === node);
    if (found !== undefined) {
      const shape = ["batch", 1, ...haloOf(found.region, source).grid];
      const mask = {
        name: g.input(`mask.${found.result}`, shape),
        dtype: "float32",
        shape,
      } as const;
      if (form === "masked") writer.masked(found.region, mask, found.result);
      else writer.blocked(found.region, mask, found.result, options);
    } else if (node.name.startsWith("short")) {
      for (const name of node.inputs.slice(1)) g.initializer(name, dense.initializers.get(name)!);
      g.add(node.op, node.inputs, node.attributes, { name: node.name, outputs: node.outputs });
    }
  }
  g.output(dense.outputs[0]!.name);
  return removeDead(g.build());
}

const feeds = (graph: Graph, batch: number, activity: "some" | "all" | "none") => {
  const out = feedsFor(graph, 7, activity, { batch });
  // Masks are drawn as numbers by feedsFor where they have other names.
  for (const [name, { data }] of Object.entries(out))
    if (name.startsWith("mask."))
      (data as Float32Array).forEach((v, i) => {
        data[i] = activity === "all" ? 1 : activity === "none" ? 0 : Number(v > 0);
      });
  return out;
};

it("leaves a feature map as rows between regions, through stages and shortcuts", async () => {
  const masked = dynamic("masked");
  for (const options of [{}, { denseAbove: 0.5 }])
    for (const batch of [1, 3])
      for (const activity of ["some", "all", "none"] as const) {
        const blocked = dynamic("blocked", options);
        const fed = feeds(masked, batch, activity);
        expectSame(await resultOf(blocked, fed), await resultOf(masked, fed));
      }
  const maps = dynamic("blocked").nodes.filter(({ op }) => op === "Pad");
  // The input, the shortcut's result; all else stays as rows.
  expect(maps.length).toBe(2);
});

it("gives the dense network's values where every block is active", async () => {
  const { dense } = stages();
  const blocked = dynamic("blocked");
  const all = feeds(blocked, 2, "all");
  expectSame(await resultOf(blocked, all), await resultOf(dense, { x: all.x! }));
});

it("needs no operator beyond ONNX's own, and no optimiser", async () => {
  const blocked = dynamic("blocked", { denseAbove: 0.5 });
  const domains = (graph: Graph): string[] =>
    graph.nodes.flatMap((n) => [n.domain, ...subgraphs(n).flatMap(domains)]);
  expect(new Set(domains(blocked))).toEqual(new Set([""]));
  const fed = feeds(blocked, 2, "some");
  const plain = await nodeEngine.open(blocked, { threads: 1, optimize: "none" });
  const want = (await plain.run(fed))[blocked.outputs[0]!.name]!;
  await plain.release();
  expectSame(await resultOf(blocked, fed), want);
});
