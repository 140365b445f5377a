/**
 * Layers with PyTorch's names and defaults on top of the graph builder: a layer called
 * `layer1.0.conv1` has the initializers `layer1.0.conv1.weight`, … that PyTorch's state
 * dictionaries use, so that trained weights can be put in by name.
 */
import { UserError } from "../base/errors.ts";
import { float, int, ints, tensorAttribute } from "../graph/attribute.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { int64s } from "../graph/tensor.ts";
import type { Graph } from "../graph/types.ts";
import { constantTensor, kaimingNormal, linearUniform } from "./weights.ts";

/** `nodes`: BatchNormalization as PyTorch trains and runs it; `folded`: put into the convolutions. */
export const BATCH_NORMS = ["nodes", "folded"] as const;
export type BatchNorm = (typeof BATCH_NORMS)[number];

/** What all networks of the zoo take. */
export interface NetworkOptions {
  /** Outputs of the classifier. */
  readonly classes?: number;
  /** Side of the square input image, pixels. */
  readonly resolution?: number;
  readonly batchNorm?: BatchNorm;
  /** Of the initial weights. */
  readonly seed?: number;
}

/** A feature map [batch, channels, size, size] by value name. */
export interface Features {
  readonly value: string;
  readonly channels: number;
  readonly size: number;
}

export interface ConvOptions {
  readonly kernel: number;
  readonly stride?: number;
  /** Default: `same` for odd kernels at stride 1, (kernel - 1) / 2. */
  readonly padding?: number;
  readonly groups?: number;
  readonly bias?: boolean;
}

/** PyTorch's default, and that of all networks here. */
const EPSILON = 1e-5;

export class Layers {
  readonly #builder: GraphBuilder;
  readonly #seed: number;
  readonly #folded: boolean;
  readonly #scalars = new Map<string, string>();

  constructor(
    name: string,
    options: { readonly seed: number; readonly batchNorm: BatchNorm },
    metadata: Readonly<Record<string, string>> = {},
  ) {
    this.#builder = new GraphBuilder({ name, metadata });
    this.#seed = options.seed;
    this.#folded = options.batchNorm === "folded";
  }

  /** The image, [batch, channels, size, size] with a free batch size. */
  input(channels: number, size: number): Features {
    return {
      value: this.#builder.input("input", ["batch", channels, size, size]),
      channels,
      size,
    };
  }

  /** A row of a table, [batch, count] with a free batch size. */
  features(count: number): { readonly value: string; readonly features: number } {
    return { value: this.#builder.input("input", ["batch", count]), features: count };
  }

  conv(name: string, x: Features, channels: number, options: ConvOptions): Features {
    return this.#conv(name, x, channels, options, 1);
  }

  /** Convolution, then batch normalization: two nodes, or one with it folded in. */
  convBn(
    name: string,
    bnName: string,
    x: Features,
    channels: number,
    options: ConvOptions,
  ): Features {
    if (!this.#folded) return this.batchNorm(bnName, this.conv(name, x, channels, options));
    // Freshly initialised statistics are mean 0, variance 1: the fold is one factor and a zero bias.
    const factor = 1 / Math.sqrt(1 + EPSILON);
    return this.#conv(name, x, channels, { ...options, bias: true }, factor);
  }

  batchNorm<T extends Pick<Features, "value" | "channels">>(name: string, x: T): T {
    const dims = [x.channels];
    const parts = (["weight", "bias", "running_mean", "running_var"] as const).map((part) =>
      this.#builder.initializer(
        `${name}.${part}`,
        constantTensor(dims, part === "weight" || part === "running_var" ? 1 : 0),
      ),
    );
    const value = this.#builder.add(
      "BatchNormalization",
      [x.value, ...parts],
      { epsilon: float(EPSILON), momentum: float(0.9) },
      { name },
    );
    return { ...x, value };
  }

  relu(name: string, x: Features): Features {
    return { ...x, value: this.#builder.add("Relu", [x.value], {}, { name }) };
  }

  /** min(max(x, 0), 6), MobileNet's activation. */
  relu6(name: string, x: Features): Features {
    const low = this.#scalar("relu6.min", 0);
    const high = this.#scalar("relu6.max", 6);
    return { ...x, value: this.#builder.add("Clip", [x.value, low, high], {}, { name }) };
  }

  add(name: string, a: Features, b: Features): Features {
    return { ...a, value: this.#builder.add("Add", [a.value, b.value], {}, { name }) };
  }

  /** x + 0, the first step of Python's `sum` over tensors: a kernel of its own when run eagerly. */
  addZero(name: string, x: Features): Features {
    return {
      ...x,
      value: this.#builder.add("Add", [x.value, this.#scalar("zero", 0)], {}, { name }),
    };
  }

  /** x * 0. */
  mulZero(name: string, x: Features): Features {
    return {
      ...x,
      value: this.#builder.add("Mul", [x.value, this.#scalar("zero", 0)], {}, { name }),
    };
  }

  /** Channel c of group g becomes channel c x groups + g: what ShuffleNet does between two groups. */
  shuffle(name: string, x: Features, groups: number): Features {
    const { channels, size } = x;
    const apart = this.#shape(`${name}.apart`, [-1, groups, channels / groups, size, size]);
    const joined = this.#shape(`${name}.joined`, [-1, channels, size, size]);
    let y = this.#builder.add("Reshape", [x.value, apart], {}, { name: `${name}.split` });
    y = this.#builder.add(
      "Transpose",
      [y],
      { perm: ints(0, 2, 1, 3, 4) },
      { name: `${name}.permute` },
    );
    return { ...x, value: this.#builder.add("Reshape", [y, joined], {}, { name }) };
  }

  maxPool(name: string, x: Features, kernel: number, stride: number, padding = 0): Features {
    return this.#pool("MaxPool", name, x, kernel, stride, padding);
  }

  /** Average over what lies inside the image (`count_include_pad=False`). */
  avgPool(name: string, x: Features, kernel: number, stride: number, padding = 0): Features {
    return this.#pool("AveragePool", name, x, kernel, stride, padding);
  }

  /** Global average, flattened to [batch, channels]. */
  globalPool(name: string, x: Features): { readonly value: string; readonly features: number } {
    const pooled = this.#builder.add("GlobalAveragePool", [x.value], {}, { name });
    return this.flatten(`${name}.flatten`, { value: pooled, channels: x.channels, size: 1 });
  }

  flatten(name: string, x: Features): { readonly value: string; readonly features: number } {
    return {
      value: this.#builder.add("Flatten", [x.value], { axis: int(1) }, { name }),
      features: x.channels * x.size * x.size,
    };
  }

  /** Fully connected layer with bias on [batch, features]. */
  linear(
    name: string,
    x: { readonly value: string; readonly features: number },
    features: number,
  ): { readonly value: string; readonly features: number } {
    const weight = linearUniform(`${name}.weight`, [features, x.features], x.features, this.#seed);
    const bias = linearUniform(`${name}.bias`, [features], x.features, this.#seed);
    const value = this.#builder.add(
      "Gemm",
      [
        x.value,
        this.#builder.initializer(`${name}.weight`, weight),
        this.#builder.initializer(`${name}.bias`, bias),
      ],
      { transB: int(1) },
      { name },
    );
    return { value, features };
  }

  activate(
    name: string,
    x: { readonly value: string; readonly features: number },
  ): { readonly value: string; readonly features: number } {
    return { ...x, value: this.#builder.add("Relu", [x.value], {}, { name }) };
  }

  /** Names the classifier's result as the network's output and builds the graph. */
  finish(x: { readonly value: string; readonly features: number }): Graph {
    this.#builder.output(x.value, ["batch", x.features]);
    return this.#builder.build();
  }

  #conv(
    name: string,
    x: Features,
    channels: number,
    options: ConvOptions,
    scale: number,
  ): Features {
    const { kernel, stride = 1, groups = 1, bias = false } = options;
    const padding = options.padding ?? (kernel - 1) / 2;
    const dims = [channels, x.channels / groups, kernel, kernel];
    const inputs = [
      x.value,
      this.#builder.initializer(
        `${name}.weight`,
        kaimingNormal(`${name}.weight`, dims, (channels / groups) * kernel ** 2, this.#seed, scale),
      ),
    ];
    if (bias) inputs.push(this.#builder.initializer(`${name}.bias`, constantTensor([channels], 0)));
    const value = this.#builder.add(
      "Conv",
      inputs,
      {
        kernel_shape: ints(kernel, kernel),
        strides: ints(stride, stride),
        pads: ints(padding, padding, padding, padding),
        group: int(groups),
      },
      { name },
    );
    return { value, channels, size: windows(name, x.size, kernel, stride, padding) };
  }

  #pool(
    op: "MaxPool" | "AveragePool",
    name: string,
    x: Features,
    kernel: number,
    stride: number,
    padding: number,
  ): Features {
    const value = this.#builder.add(
      op,
      [x.value],
      {
        kernel_shape: ints(kernel, kernel),
        strides: ints(stride, stride),
        pads: ints(padding, padding, padding, padding),
        ...(op === "AveragePool" ? { count_include_pad: int(0) } : {}),
      },
      { name },
    );
    return { ...x, value, size: windows(name, x.size, kernel, stride, padding) };
  }

  #shape(name: string, dims: readonly number[]): string {
    const value = tensorAttribute(int64s(dims));
    return this.#builder.add("Constant", [], { value }, { name });
  }

  #scalar(name: string, value: number): string {
    let known = this.#scalars.get(name);
    if (known === undefined) {
      // A node, as PyTorch exports it: an initializer would count as a parameter.
      const attribute = tensorAttribute(constantTensor([], value));
      known = this.#builder.add("Constant", [], { value: attribute }, { name });
      this.#scalars.set(name, known);
    }
    return known;
  }
}

/** Positions of a window along an axis. */
function windows(
  name: string,
  size: number,
  kernel: number,
  stride: number,
  padding: number,
): number {
  const positions = Math.floor((size + 2 * padding - kernel) / stride) + 1;
  if (positions < 1)
    throw new UserError(
      `${name}: window ${kernel} > ${size + 2 * padding}, the padded side of its input`,
      { hint: "choose a larger resolution", exitCode: 2 },
    );
  return positions;
}
