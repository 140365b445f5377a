/** Networks with statistics that are not the initial ones, random ones, and running them. */
import fc from "fast-check";
import { type Rng, stream } from "../../../src/base/rng.ts";
import { float, int, ints, string } from "../../../src/graph/attribute.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { elementCount, float32s } from "../../../src/graph/tensor.ts";
import type { Graph } from "../../../src/graph/types.ts";
import { nodeEngine } from "../../../src/runtime/index.ts";
import type { Network } from "../../../src/zoo/morphisms/network.ts";
import type { Morphism } from "../../../src/zoo/morphisms/types.ts";

/** The network with every batch normalization, and every bias, away from its initial values. */
export function shaken(graph: Graph, seed: number): Graph {
  const rng = stream(seed, "test/shaken");
  const initializers = new Map(graph.initializers);
  const draw = (name: string | undefined, one: () => number) => {
    const tensor = name === undefined ? undefined : initializers.get(name);
    if (tensor?.dtype !== "float32") return;
    const values = Float32Array.from({ length: elementCount(tensor.dims) }, one);
    initializers.set(name!, float32s(values, tensor.dims));
  };
  const positive = () => 0.4 + rng.float();
  const any = () => 0.5 * rng.normal();
  for (const { op, inputs } of graph.nodes) {
    if (op === "Conv" || op === "Gemm") draw(inputs[2], any);
    if (op !== "BatchNormalization") continue;
    for (const [i, one] of [positive, any, any, positive].entries()) draw(inputs[i + 1], one);
  }
  return { ...graph, initializers };
}

/** Outputs on one random batch. */
export async function outputsOf(graph: Graph, batch = 2): Promise<Float32Array[]> {
  const session = await nodeEngine.open(graph, { threads: 1 });
  try {
    const feeds = Object.fromEntries(
      graph.inputs.map(({ name, shape }, i) => {
        const dims = shape!.map((d) => (typeof d === "number" ? d : batch));
        const rng = stream(i, "test/feed");
        const data = Float32Array.from({ length: elementCount(dims) }, () => rng.normal());
        return [name, { dtype: "float32" as const, dims, data }];
      }),
    );
    const found = await session.run(feeds);
    return graph.outputs.map((o) => found[o.name]!.data as Float32Array);
  } finally {
    await session.release();
  }
}

/** Largest difference, relative to the largest magnitude of the first. */
export function difference(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  let most = 0;
  a.forEach((x, k) => {
    const y = b[k]!;
    if (x.length !== y.length) throw new Error(`${x.length} and ${y.length} elements`);
    let scale = 0;
    let worst = 0;
    for (let i = 0; i < x.length; i++) {
      scale = Math.max(scale, Math.abs(x[i]!));
      const d = Math.abs(x[i]! - y[i]!);
      // NaN must not pass as no difference.
      if (!(d <= worst)) worst = d;
    }
    most = Math.max(most, scale === 0 ? worst : worst / scale);
  });
  return most;
}

/** A place of the morphism in the network and a value for each of its parameters; undefined: none. */
export function draw(morphism: Morphism, network: Network, rng: Rng) {
  const places = morphism.places(network);
  if (places.length === 0) return undefined;
  const values = Object.fromEntries(
    Object.entries(morphism.parameters).map(([name, { choices }]) => [name, rng.pick(choices)]),
  );
  return { place: rng.pick(places), values, seed: rng.int(1000) };
}

interface Feature {
  readonly value: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** What `randomNetwork` takes. */
export const recipes = fc.record({ seed: fc.nat(), length: fc.integer({ min: 4, max: 14 }) });

/**
 * Feature maps that branch and meet again: convolutions of any stride, dilation, grouping and
 * uneven padding, sums, concatenation, clipped and unclipped rectifiers. The classifier reads every
 * leaf.
 */
export function randomNetwork({ seed, length }: { seed: number; length: number }): Graph {
  const rng = stream(seed, "test/network");
  const builder = new GraphBuilder();
  let count = 0;
  const weights = (dims: readonly number[], one = () => 0.4 * rng.normal()) =>
    builder.initializer(
      `w${count++}`,
      float32s(Float32Array.from({ length: elementCount(dims) }, one), dims),
    );
  const positive = () => 0.4 + rng.float();
  const input = builder.input("input", ["batch", 3, 9, 7]);
  const pool: Feature[] = [{ value: input, channels: 3, height: 9, width: 7 }];
  const read = new Set<string>();
  const take = () => {
    const x = pool[Math.max(0, pool.length - 1 - rng.int(3))]!;
    read.add(x.value);
    return x;
  };
  const conv = (): Feature => {
    const x = take();
    const kernel = rng.pick([1, 2, 3, 5]);
    const stride = rng.pick([1, 1, 1, 2]);
    const same = stride === 1 && rng.chance(0.3);
    // ONNX Runtime pads by itself only where nothing is dilated.
    const dilation = same ? 1 : rng.pick([1, 1, 2]);
    const grouping = rng.pick(["dense", "dense", "depthwise", "grouped"]);
    const groups =
      grouping === "depthwise"
        ? x.channels
        : grouping === "grouped" && x.channels % 2 === 0
          ? 2
          : 1;
    const channels = groups * (1 + rng.int(groups === 1 ? 6 : 3));
    const reach = (kernel - 1) * dilation + 1;
    const pads = Array.from({ length: 4 }, () => rng.int(3) + (reach >> 1));
    const size = (n: number, a: number, b: number) =>
      same ? n : Math.floor((n + a + b - reach) / stride) + 1;
    const value = builder.add(
      "Conv",
      [
        x.value,
        weights([channels, x.channels / groups, kernel, kernel]),
        ...(rng.chance(0.5) ? [weights([channels])] : []),
      ],
      {
        ...(rng.chance(0.7) ? { kernel_shape: ints(kernel, kernel) } : {}),
        strides: ints(stride, stride),
        dilations: ints(dilation, dilation),
        group: int(groups),
        ...(same
          ? { auto_pad: string(rng.pick(["SAME_UPPER", "SAME_LOWER"])) }
          : { pads: ints(...pads) }),
      },
    );
    return {
      value,
      channels,
      height: size(x.height, pads[0]!, pads[2]!),
      width: size(x.width, pads[1]!, pads[3]!),
    };
  };
  const norm = (x: Feature): Feature => {
    const c = [x.channels];
    const parts = [weights(c, positive), weights(c), weights(c), weights(c, positive)];
    return {
      ...x,
      value: builder.add("BatchNormalization", [x.value, ...parts], { epsilon: float(1e-3) }),
    };
  };
  const activate = (x: Feature): Feature => {
    const op = rng.pick(["Relu", "Relu", "Clip", "Sigmoid"]);
    const bounds = op === "Clip" ? [weights([], () => -0.25), weights([], () => 1.5)] : [];
    return { ...x, value: builder.add(op, [x.value, ...bounds]) };
  };
  for (let i = 0; i < length; i++) {
    let y = conv();
    if (rng.chance(0.6)) y = norm(y);
    if (rng.chance(0.3)) {
      const other = pool.find(
        (x) => x.channels === y.channels && x.height === y.height && x.width === y.width,
      );
      if (other) {
        read.add(other.value);
        y = { ...y, value: builder.add("Add", [y.value, other.value]) };
      }
    }
    if (rng.chance(0.8)) y = activate(y);
    const twin = pool.find((x) => x.height === y.height && x.width === y.width);
    if (twin && rng.chance(0.25)) {
      read.add(twin.value);
      const value = builder.add("Concat", [twin.value, y.value], { axis: int(1) });
      y = { ...y, value, channels: twin.channels + y.channels };
    }
    pool.push(y);
  }
  const leaves = pool.filter((x) => !read.has(x.value));
  const flat = leaves.map((x) =>
    builder.add("Flatten", [builder.add("GlobalAveragePool", [x.value])], { axis: int(1) }),
  );
  const features = leaves.reduce((n, x) => n + x.channels, 0);
  const joined = flat.length === 1 ? flat[0]! : builder.add("Concat", flat, { axis: int(1) });
  const y = builder.add("Gemm", [joined, weights([5, features]), weights([5])], { transB: int(1) });
  builder.output(y);
  return builder.build();
}
