/** Random regions, and both of their forms run on ONNX Runtime. */
import fc from "fast-check";
import { expect } from "vitest";
import { stream } from "../../../src/base/rng.ts";
import {
  type BlockOptions,
  type BlockRegion,
  BlockWriter,
  blockSource,
  haloOf,
} from "../../../src/dynamic/blocks/index.ts";
import { int, ints } from "../../../src/graph/attribute.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { bindDim } from "../../../src/graph/dim.ts";
import { removeDead } from "../../../src/graph/edit.ts";
import { elementCount, float32s } from "../../../src/graph/tensor.ts";
import type { Dim, Graph, Shape, Value } from "../../../src/graph/types.ts";
import { nodeEngine } from "../../../src/runtime/index.ts";
import type { DenseTensor } from "../../../src/runtime/types.ts";

export interface LayerPlan {
  readonly op: "conv" | "max" | "average" | "averageInside";
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: number;
  readonly pads: readonly number[];
  readonly filters: number;
  readonly grouped: boolean;
  readonly normalized: boolean;
  readonly activation: "none" | "Relu" | "Sigmoid" | "HardSwish" | "Clip";
}

export interface RegionPlan {
  readonly batch: Dim;
  readonly channels: number;
  readonly height: Dim;
  readonly width: Dim;
  readonly block: number;
  readonly mode: "add" | "replace";
  readonly base: boolean;
  readonly after: boolean;
  /** Normalisation and ReLU before the first layer. */
  readonly preActivated: boolean;
  readonly layers: readonly LayerPlan[];
  readonly seed: number;
}

const small = (max: number, min = 0) => fc.integer({ min, max });

const layerPlan: fc.Arbitrary<LayerPlan> = fc.record({
  op: fc.constantFrom("conv", "conv", "conv", "max", "average", "averageInside"),
  kernel: fc.tuple(small(3, 1), small(3, 1)),
  stride: fc.constantFrom([1, 1], [1, 1], [2, 2], [2, 1]),
  dilation: fc.constantFrom(1, 1, 2),
  pads: fc.oneof(fc.constant([1, 1, 1, 1]), fc.array(small(2), { minLength: 4, maxLength: 4 })),
  filters: fc.constantFrom(2, 4, 16),
  grouped: fc.boolean(),
  normalized: fc.boolean(),
  activation: fc.constantFrom("none", "Relu", "Relu", "Sigmoid", "HardSwish", "Clip"),
}) as fc.Arbitrary<LayerPlan>;

export const regionPlan: fc.Arbitrary<RegionPlan> = fc.record({
  batch: small(3, 1),
  channels: fc.constantFrom(2, 4, 16),
  height: small(19, 11),
  width: fc.oneof(fc.constant(16), small(19, 11)),
  block: small(8, 1),
  mode: fc.constantFrom("add", "replace"),
  base: fc.boolean(),
  after: fc.boolean(),
  preActivated: fc.boolean(),
  layers: fc.array(layerPlan, { minLength: 1, maxLength: 3 }),
  seed: fc.integer(),
});

export const conv = (more: Partial<LayerPlan> = {}): LayerPlan => ({
  op: "conv",
  kernel: [3, 3],
  stride: [1, 1],
  dilation: 1,
  pads: [1, 1, 1, 1],
  filters: 16,
  grouped: false,
  normalized: true,
  activation: "Relu",
  ...more,
});

/** Two 3x3 convolutions, a sum and a ReLU. */
export const residual: RegionPlan = {
  batch: "batch",
  channels: 16,
  height: 13,
  width: 16,
  block: 4,
  mode: "add",
  base: false,
  after: true,
  preActivated: false,
  layers: [conv(), conv({ activation: "none" })],
  seed: 3,
};

/** A graph of the region alone, with its region. Inputs x, and base where the plan asks for one. */
export function networkOf(plan: RegionPlan): { graph: Graph; region: BlockRegion } {
  const rng = stream(plan.seed, "test/blocks");
  const g = new GraphBuilder({ name: "region" });
  g.input("x", [plan.batch, plan.channels, plan.height, plan.width]);
  const tensor = (name: string, dims: readonly number[], make = () => rng.normal()) =>
    g.initializer(name, float32s(Array.from({ length: elementCount(dims) }, make), dims));
  const normalize = (x: string, channels: number, name: string) =>
    g.add("BatchNormalization", [
      x,
      tensor(`${name}.scale`, [channels]),
      tensor(`${name}.shift`, [channels]),
      tensor(`${name}.mean`, [channels]),
      tensor(`${name}.variance`, [channels], () => 0.5 + rng.float()),
    ]);
  let channels = plan.channels;
  let x = "x";
  if (plan.preActivated) x = g.add("Relu", [normalize(x, channels, "pre")]);
  plan.layers.forEach((layer, i) => {
    const common = {
      strides: ints(...layer.stride),
      dilations: ints(layer.dilation, layer.dilation),
    };
    if (layer.op === "conv") {
      const group = layer.grouped ? 2 : 1;
      const w = tensor(`w${i}`, [layer.filters, channels / group, ...layer.kernel]);
      const attributes = { ...common, pads: ints(...layer.pads), group: int(group) };
      x = g.add("Conv", [x, w, tensor(`b${i}`, [layer.filters])], attributes);
      channels = layer.filters;
    } else {
      // A pool's padding is smaller than its window.
      const pads = layer.pads.map((p, at) => Math.min(p, layer.kernel[at % 2]! - 1));
      const attributes = {
        strides: common.strides,
        ...(layer.op === "max" ? { dilations: common.dilations } : {}),
        kernel_shape: ints(...layer.kernel),
        pads: ints(...pads),
        ...(layer.op === "average" ? { count_include_pad: int(1) } : {}),
      };
      x = g.add(layer.op === "max" ? "MaxPool" : "AveragePool", [x], attributes);
    }
    if (layer.normalized) x = normalize(x, channels, `bn${i}`);
    if (layer.activation === "Clip") {
      const bounds = [0, 6].map((v) => g.initializer(`clip${i}.${v}`, float32s([v], [])));
      x = g.add("Clip", [x, ...bounds]);
    } else if (layer.activation !== "none") x = g.add(layer.activation, [x]);
  });
  g.output(x);
  const after = {
    name: "after",
    op: "Relu",
    domain: "",
    inputs: ["sum"],
    outputs: ["y"],
    attributes: {},
  };
  const graph = g.build();
  const shape = blockSource(graph).types.get(x)!.shape!;
  const residual = shape.every((d, axis) => d === graph.inputs[0]!.shape![axis]);
  const base = plan.base || (plan.mode === "add" && !residual);
  return {
    graph: base
      ? { ...graph, inputs: [...graph.inputs, { name: "base", dtype: "float32", shape }] }
      : graph,
    region: {
      nodes: graph.nodes,
      input: "x",
      output: x,
      block: plan.block,
      mode: plan.mode,
      ...(base ? { base: "base" } : {}),
      ...(plan.after ? { after: [after] } : {}),
    },
  };
}

export type Form = "masked" | "blocked";

/** A graph with inputs x, mask and base that gives one form of the region. */
export function formOf(
  { graph, region }: { graph: Graph; region: BlockRegion },
  form: Form,
  options: BlockOptions = {},
): Graph {
  const source = blockSource(graph);
  const g = new GraphBuilder({ name: form });
  for (const { name, shape } of graph.inputs) g.input(name, shape);
  const { grid } = haloOf(region, source);
  const batch = graph.inputs[0]!.shape![0]!;
  const mask: Value = { name: "mask", dtype: "float32", shape: [batch, 1, ...grid] };
  g.input("mask", mask.shape);
  const writer = new BlockWriter(g, source);
  g.output(
    form === "masked"
      ? writer.masked(region, mask, "result")
      : writer.blocked(region, mask, "result", options),
  );
  return removeDead(g.build());
}

export type Activity = "some" | "all" | "none";

/** Inputs for a graph: normal numbers, and a mask. Free dimensions take the sizes of `bind`. */
export function feedsFor(
  graph: Graph,
  seed: number,
  activity: Activity = "some",
  bind: Readonly<Record<string, number>> = {},
): Record<string, DenseTensor> {
  const rng = stream(seed, "test/blocks/feeds");
  const part = rng.float();
  return Object.fromEntries(
    graph.inputs.map(({ name, shape }) => {
      const dims = (shape as Shape).map((d) => bindDim(d, bind) as number);
      const make = () => {
        if (name !== "mask") return rng.normal();
        return activity === "all" ? 1 : activity === "none" ? 0 : Number(rng.float() < part);
      };
      return [
        name,
        { dtype: "float32", dims, data: Float32Array.from({ length: elementCount(dims) }, make) },
      ];
    }),
  );
}

export async function resultOf(
  graph: Graph,
  feeds: Record<string, DenseTensor>,
): Promise<DenseTensor> {
  const session = await nodeEngine.open(graph, { threads: 1 });
  try {
    return (await session.run(feeds))[graph.outputs[0]!.name]!;
  } finally {
    await session.release();
  }
}

/** Within 1e-5 of the largest value. */
export function expectSame(have: DenseTensor, want: DenseTensor): void {
  expect(have.dims).toEqual(want.dims);
  const data = want.data as Float32Array;
  let scale = 1e-6;
  let worst = 0;
  data.forEach((v, i) => {
    scale = Math.max(scale, Math.abs(v));
    const error = Math.abs(v - (have.data as Float32Array)[i]!);
    worst = Number.isNaN(error) ? Infinity : Math.max(worst, error);
  });
  expect(worst / scale).toBeLessThan(1e-5);
}
