/** Small networks with every tie that channels can have, and the zoo's at a small size. */
import { stream } from "../../src/base/rng.ts";
import { int, ints } from "../../src/graph/attribute.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { float32s, int64s } from "../../src/graph/tensor.ts";
import type { Graph } from "../../src/graph/types.ts";
import { buildNetwork } from "../../src/zoo/index.ts";
import { type Array4, array } from "./execute.ts";

export class Net {
  readonly builder = new GraphBuilder();
  readonly #rng = stream(1, "test/net");
  #count = 0;

  input(channels: number, side: number): string {
    return this.builder.input("input", ["batch", channels, side, side]);
  }

  weights(dims: readonly number[], scale = 0.5): string {
    const size = dims.reduce((n, d) => n * d, 1);
    const values = Float32Array.from({ length: size }, () => scale * this.#rng.normal());
    return this.builder.initializer(`w${this.#count++}`, float32s(values, dims));
  }

  positive(dims: readonly number[]): string {
    const values = Float32Array.from({ length: dims[0]! }, () => 0.5 + this.#rng.float());
    return this.builder.initializer(`w${this.#count++}`, float32s(values, dims));
  }

  conv(x: string, from: number, to: number, kernel = 3, groups = 1, name?: string): string {
    const half = (kernel - 1) / 2;
    return this.builder.add(
      "Conv",
      [x, this.weights([to, from / groups, kernel, kernel]), this.weights([to])],
      {
        kernel_shape: ints(kernel, kernel),
        pads: ints(half, half, half, half),
        group: int(groups),
      },
      name === undefined ? {} : { name },
    );
  }

  norm(x: string, channels: number): string {
    const c = [channels];
    return this.builder.add("BatchNormalization", [
      x,
      this.positive(c),
      this.weights(c),
      this.weights(c),
      this.positive(c),
    ]);
  }

  op(name: string, ...inputs: string[]): string {
    return this.builder.add(name, inputs);
  }

  linear(x: string, from: number, to: number, name?: string): string {
    return this.builder.add(
      "Gemm",
      [x, this.weights([to, from]), this.weights([to])],
      { transB: int(1) },
      name === undefined ? {} : { name },
    );
  }

  concat(...inputs: string[]): string {
    return this.builder.add("Concat", inputs, { axis: int(1) });
  }

  reshape(x: string, shape: readonly number[]): string {
    return this.builder.add("Reshape", [
      x,
      this.builder.initializer(`shape${this.#count++}`, int64s(shape)),
    ]);
  }

  finish(y: string): Graph {
    this.builder.output(y);
    return this.builder.build();
  }
}

/** Residual blocks of conv, normalization and ReLU, with a projection. */
export function residual(): Graph {
  const net = new Net();
  const stem = net.op("Relu", net.norm(net.conv(net.input(3, 8), 3, 8, 3, 1, "stem"), 8));
  let x = stem;
  for (const block of ["a", "b"]) {
    const inner = net.op("Relu", net.norm(net.conv(x, 8, 6, 3, 1, `${block}1`), 6));
    x = net.op("Relu", net.op("Add", net.conv(inner, 6, 8, 3, 1, `${block}2`), x));
  }
  const down = net.op("Relu", net.conv(x, 8, 10, 3, 1, "c1"));
  const shortcut = net.conv(x, 8, 12, 1, 1, "projection");
  const joined = net.op("Add", net.conv(down, 10, 12, 3, 1, "c2"), shortcut);
  const pooled = net.op("Flatten", net.op("GlobalAveragePool", joined));
  return net.finish(net.linear(pooled, 12, 5, "classifier"));
}

/** Depthwise with two filters a channel, squeeze and excitation, grouped convolution, constants. */
export function exotic(): Graph {
  const net = new Net();
  const expand = net.op("Relu", net.conv(net.input(3, 6), 3, 8, 1, 1, "expand"));
  const depthwise = net.op("Relu", net.conv(expand, 8, 16, 3, 8, "depthwise"));
  const squeezed = net.op(
    "Relu",
    net.conv(net.op("GlobalAveragePool", depthwise), 16, 4, 1, 1, "squeeze"),
  );
  const gate = net.op("Sigmoid", net.conv(squeezed, 4, 16, 1, 1, "excite"));
  const gated = net.op("Mul", depthwise, gate);
  const scaled = net.op("Mul", gated, net.weights([1, 16, 1, 1]));
  const before = net.conv(scaled, 16, 12, 1, 1, "before");
  const grouped = net.op("Relu", net.conv(before, 12, 8, 3, 4, "grouped"));
  const after = net.conv(grouped, 8, 6, 1, 1, "after");
  return net.finish(net.linear(net.op("Flatten", after), 6 * 36, 4, "classifier"));
}

/** Concatenation twice over, a Reshape with its sizes written out, MatMul with a bias added. */
export function joined(): Graph {
  const net = new Net();
  const x = net.op("Relu", net.conv(net.input(3, 4), 3, 5, 3, 1, "stem"));
  const first = net.conv(x, 5, 4, 3, 1, "first");
  const both = net.op("Relu", net.norm(net.concat(x, first), 9));
  const second = net.conv(both, 9, 4, 3, 1, "second");
  const all = net.op("Relu", net.norm(net.concat(x, first, second), 13));
  const flat = net.reshape(all, [-1, 13 * 16]);
  const hidden = net.builder.add(
    "MatMul",
    [flat, net.weights([13 * 16, 7], 0.1)],
    {},
    { name: "hidden" },
  );
  const biased = net.op("Relu", net.op("Add", hidden, net.weights([7])));
  return net.finish(net.linear(biased, 7, 3, "classifier"));
}

export const SMALL: Readonly<Record<string, () => Graph>> = {
  residual,
  exotic,
  joined,
  "resnet-cifar": () => buildNetwork("resnet-cifar", { depth: 8, width: 0.5, resolution: 16 }),
  mobilenet_v2: () => buildNetwork("mobilenet_v2", { width: 0.25, resolution: 32, classes: 10 }),
  vgg16: () => buildNetwork("vgg16", { width: 0.125, hidden: 24, resolution: 32, classes: 10 }),
  nasbench201: () => buildNetwork("nasbench201", { channels: 4, cells: 1, resolution: 16 }),
};

export function randomInput(graph: Graph, batch = 2, seed = 3): Readonly<Record<string, Array4>> {
  const rng = stream(seed, "test/input");
  return Object.fromEntries(
    graph.inputs.map(({ name, shape }) => {
      const sizes = shape!.map((d) => (typeof d === "number" ? d : batch));
      const x = array(sizes);
      return [name, { shape: sizes, data: x.data.map(() => rng.normal()) }];
    }),
  );
}
