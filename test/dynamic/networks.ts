/** Small networks, images for them, and what runs give. */
import { expect } from "vitest";
import { stream } from "../../src/base/rng.ts";
import { convert } from "../../src/dynamic/convert.ts";
import type { DynamicNetwork } from "../../src/dynamic/plan.ts";
import { parseMechanism } from "../../src/dynamic/spec.ts";
import { int, ints } from "../../src/graph/attribute.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { bindShape } from "../../src/graph/dim.ts";
import { elementCount, float32s, numbers } from "../../src/graph/tensor.ts";
import type { Graph } from "../../src/graph/types.ts";
import { nodeEngine } from "../../src/runtime/index.ts";
import type { DenseTensor } from "../../src/runtime/types.ts";
import { buildNetwork } from "../../src/zoo/index.ts";

export type Feeds = Record<string, DenseTensor>;

/** Residual; its normalisation differs from channel to channel, as that of a trained one does. */
export const residualNet = (resolution = 16, depth = 14) =>
  trained(
    buildNetwork("resnet-cifar", { depth, channels1: 8, channels2: 8, channels3: 16, resolution }),
  );

/** Plain; each stage has convolutions that keep channels and size. */
export const plainNet = (resolution = 16) =>
  trained(buildNetwork("vgg-cifar", { channels1: 8, channels2: 8, channels3: 16, resolution }));

/** With running statistics and shifts that are not 0 and 1. */
export function trained(graph: Graph): Graph {
  const initializers = new Map(graph.initializers);
  for (const node of graph.nodes)
    if (node.op === "BatchNormalization")
      node.inputs.slice(1).forEach((name, i) => {
        const rng = stream(i, `test/${name}`);
        const { dims } = graph.initializers.get(name)!;
        const value = [
          () => 0.7 + 0.6 * rng.float(),
          () => 0.3 * rng.normal(),
          () => 0.3 * rng.normal(),
          () => 0.5 + rng.float(),
        ][i]!;
        initializers.set(name, float32s(Array.from({ length: dims[0]! }, value), dims));
      });
  return { ...graph, initializers };
}

export const make = (network: Graph, ...specs: readonly string[]): DynamicNetwork =>
  convert(network, specs.map(parseMechanism), 1);

/** Images with a bright part, so that attention has something to tell apart. */
export function images(
  graph: Graph,
  n: number,
  seed: number,
  bind: Readonly<Record<string, number>> = {},
): Feeds {
  const [input] = graph.inputs;
  const sizes = bindShape(input!.shape!.slice(1), bind) as readonly number[];
  const rng = stream(seed, "test/dynamic");
  const [c, h, w] = sizes as [number, number, number];
  const data = new Float32Array(n * elementCount(sizes));
  for (let i = 0, at = 0; i < n; i++) {
    const [y, x] = [rng.float() * h, rng.float() * w];
    for (let k = 0; k < c; k++)
      for (let p = 0; p < h * w; p++) {
        const far = Math.hypot(Math.floor(p / w) - y, (p % w) - x);
        data[at++] = rng.normal() * (0.3 + 2 * Math.exp(-((far / 4) ** 2)));
      }
  }
  return { [input!.name]: { dtype: "float32", dims: [n, ...sizes], data } };
}

export async function outputsOf(graph: Graph, feeds: Feeds): Promise<Readonly<Feeds>> {
  const session = await nodeEngine.open(graph, { threads: 1 });
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

/** The network with other outputs. */
export function reading(graph: Graph, ...names: readonly string[]): Graph {
  const value = (name: string) => ({ name, dtype: "float32" as const, shape: undefined });
  return { ...graph, outputs: names.map(value) };
}

export const firstOf = async (graph: Graph, feeds: Feeds) =>
  (await outputsOf(graph, feeds))[graph.outputs[0]!.name]!;

/** Within 1e-5 of the largest value, or of 1. */
export function expectClose(have: DenseTensor, want: DenseTensor): void {
  expect(have.dims).toEqual(want.dims);
  let scale = 1;
  let worst = 0;
  (want.data as Float32Array).forEach((v, i) => {
    scale = Math.max(scale, Math.abs(v));
    const error = Math.abs(v - (have.data as Float32Array)[i]!);
    worst = Number.isNaN(error) ? Infinity : Math.max(worst, error);
  });
  expect(worst / scale).toBeLessThan(1e-5);
}

export const floats = (graph: Graph, name: string) =>
  Array.from(numbers(graph.initializers.get(name)!), Number);

/** Another network's weights drawn anew, so that gates are open for some and closed for others. */
export function withDrawn(network: DynamicNetwork, pattern: RegExp, scale: number): DynamicNetwork {
  const initializers = new Map(network.graph.initializers);
  for (const [name, tensor] of initializers)
    if (pattern.test(name)) {
      const rng = stream(2, `test/${name}`);
      const values = Array.from({ length: elementCount(tensor.dims) }, () => scale * rng.normal());
      initializers.set(name, float32s(values, tensor.dims));
    }
  return { ...network, graph: { ...network.graph, initializers } };
}

/** One residual block without normalisation on [batch, 2, 6, 6]; three classes. */
export function tinyNet(channels = 4): Graph {
  const g = new GraphBuilder({ name: "tiny" });
  g.input("x", ["batch", 2, 6, 6]);
  const weight = (name: string, dims: readonly number[]) => {
    const rng = stream(3, `test/${name}`);
    const fan = elementCount(dims.slice(1)) || 1;
    const values = Array.from({ length: elementCount(dims) }, () => rng.normal() / Math.sqrt(fan));
    return g.initializer(name, float32s(values, dims));
  };
  const conv = (name: string, x: string, from: number, to: number) =>
    g.add(
      "Conv",
      [x, weight(`${name}.weight`, [to, from, 3, 3]), weight(`${name}.bias`, [to])],
      { pads: ints(1, 1, 1, 1) },
      { name, outputs: [`${name}_out`] },
    );
  const relu = (name: string, x: string) =>
    g.add("Relu", [x], {}, { name, outputs: [`${name}_out`] });
  const x = relu("relu0", conv("conv0", "x", 2, channels));
  const branch = conv(
    "conv2",
    relu("relu1", conv("conv1", x, channels, channels)),
    channels,
    channels,
  );
  const sum = g.add("Add", [branch, x], {}, { name: "sum", outputs: ["sum_out"] });
  const pooled = g.add("GlobalAveragePool", [relu("relu", sum)]);
  const flat = g.add("Flatten", [pooled], { axis: int(1) });
  const fc = [flat, weight("fc.weight", [3, channels]), weight("fc.bias", [3])];
  g.output(g.add("Gemm", fc, { transB: int(1) }, { name: "fc", outputs: ["logits"] }));
  return g.build();
}
