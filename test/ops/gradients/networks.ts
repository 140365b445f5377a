/** The networks of bench/peers/make_gradient_vectors.py as ONNX graphs, under the same names. */
import { float, int, ints, string } from "../../../src/graph/attribute.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { elementCount, float32s, int64s, tensorOf } from "../../../src/graph/tensor.ts";
import type { Attribute, Graph, Tensor } from "../../../src/graph/types.ts";

export interface Network {
  /** With an output `loss`. */
  readonly graph: Graph;
  /** What PyTorch differentiates by, as initializers of the graph. */
  readonly parameters: readonly string[];
  /** Names of statistics in the graph by PyTorch's. */
  readonly state?: Readonly<Record<string, string>>;
}

type Attributes = Readonly<Record<string, Attribute>>;

/** Values in (-1, 1) without order, as the script makes them. */
function wave(seed: number, dims: readonly number[]): Tensor {
  const values = Array.from({ length: elementCount(dims) }, (_, i) =>
    Math.sin(seed * 7.31 + i * 2.399963),
  );
  return float32s(values, dims);
}

class NetworkBuilder extends GraphBuilder {
  readonly parameters: string[] = [];
  #constants = 0;

  parameter(name: string, seed: number, ...dims: readonly number[]): string {
    this.parameters.push(name);
    return this.initializer(name, wave(seed, dims));
  }

  constant(t: Tensor): string {
    return this.initializer(`constant_${this.#constants++}`, t);
  }

  scalar(value: number): string {
    return this.constant(tensorOf("float32", [], [value]));
  }

  list(...values: readonly number[]): string {
    return this.constant(int64s(values));
  }

  pass(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.add(op, inputs, attributes);
  }

  finish(loss: string, state?: Readonly<Record<string, string>>): Network {
    this.add("Identity", [loss], {}, { outputs: ["loss"] });
    this.output("loss", []);
    const { parameters } = this;
    return { graph: this.build(), parameters, ...(state === undefined ? {} : { state }) };
  }

  meanAll(x: string): string {
    return this.pass("ReduceMean", [x], { keepdims: int(0) });
  }
}

function residual(): Network {
  const b = new NetworkBuilder();
  const x = b.parameter("x", 1, 3, 4, 6, 6);
  const w1 = b.parameter("w1", 2, 6, 4, 3, 3);
  const norm1 = [b.parameter("s1", 3, 6), b.parameter("b1", 4, 6)];
  const w2 = b.parameter("w2", 5, 6, 6, 3, 3);
  const norm2 = [b.parameter("s2", 6, 6), b.parameter("b2", 7, 6)];
  const ws = b.parameter("ws", 8, 6, 4, 1, 1);
  const fc = b.parameter("fc", 9, 5, 6);
  const bias = b.parameter("bias", 10, 5);
  const filled = (name: string, value: number) =>
    b.initializer(name, float32s(Array.from({ length: 6 }, () => value)));
  const statistics = [filled("mean", 0.25), filled("var", 2)];
  const others = [filled("mean2", 0), filled("var2", 1)];
  const normalize = (h: string, affine: readonly string[], state: readonly string[]) =>
    b.addMany("BatchNormalization", [h, ...affine, ...state], 3, {
      training_mode: int(1),
      // PyTorch's momentum is the share of the new statistics.
      momentum: float(0.875),
    })[0]!;
  let h = b.pass("Conv", [x, w1], { strides: ints(2, 2), pads: ints(1, 1, 1, 1) });
  h = b.pass("Relu", [normalize(h, norm1, statistics)]);
  h = normalize(b.pass("Conv", [h, w2], { pads: ints(1, 1, 1, 1) }), norm2, others);
  h = b.pass("Relu", [b.pass("Add", [h, b.pass("Conv", [x, ws], { strides: ints(2, 2) })])]);
  const pooled = b.pass("Flatten", [b.pass("GlobalAveragePool", [h])]);
  const logits = b.pass("Gemm", [pooled, fc, bias], { transB: int(1) });
  // Smoothed labels: 0.1 shared by all five classes, 0.9 on the label.
  const soft = Array.from({ length: 15 }, (_, i) => ([1, 9, 10].includes(i) ? 0.92 : 0.02));
  const target = b.constant(float32s(soft, [3, 5]));
  const product = b.pass("Mul", [b.pass("LogSoftmax", [logits]), target]);
  const each = b.pass("ReduceSum", [product, b.list(1)], { keepdims: int(0) });
  return b.finish(b.pass("Neg", [b.meanAll(each)]), { mean: "mean", var: "var" });
}

function inverted(): Network {
  const b = new NetworkBuilder();
  const x = b.parameter("x", 11, 2, 3, 7, 7);
  const expand = b.parameter("expand", 12, 6, 3, 1, 1);
  const depth = b.parameter("depth", 13, 6, 1, 5, 5);
  const squeeze = b.parameter("squeeze", 14, 2, 6, 1, 1);
  const excite = b.parameter("excite", 15, 6, 2, 1, 1);
  const project = b.parameter("project", 16, 4, 6, 1, 1);
  let h = b.pass("HardSwish", [b.pass("Conv", [x, expand])]);
  h = b.pass("Conv", [h, depth], { strides: ints(2, 2), pads: ints(2, 2, 2, 2), group: int(6) });
  h = b.pass("HardSwish", [h]);
  const s = b.pass("Relu", [b.pass("Conv", [b.pass("GlobalAveragePool", [h]), squeeze])]);
  const gate = b.pass("HardSigmoid", [b.pass("Conv", [s, excite])], { alpha: float(1 / 6) });
  h = b.pass("Conv", [b.pass("Mul", [h, gate]), project]);
  return b.finish(b.meanAll(b.pass("Mul", [h, h])));
}

function transformer(): Network {
  const b = new NetworkBuilder();
  const x = b.parameter("x", 21, 2, 4, 6);
  const first = [b.parameter("n1", 22, 6), b.parameter("m1", 23, 6)];
  const qkv = b.parameter("qkv", 24, 6, 18);
  const out = b.parameter("out", 25, 6, 6);
  const second = [b.parameter("n2", 26, 6), b.parameter("m2", 27, 6)];
  const up = b.parameter("up", 28, 6, 8);
  const down = b.parameter("down", 29, 8, 6);
  const h = b.pass("LayerNormalization", [x, ...first]);
  const projected = b.pass("MatMul", [h, qkv]);
  const parts = b.addMany("Split", [projected, b.list(6, 6, 6)], 3, { axis: int(2) });
  const [q, k, v] = parts.map((t) =>
    b.pass("Transpose", [b.pass("Reshape", [t, b.list(0, 0, 2, 3)])], { perm: ints(0, 2, 1, 3) }),
  );
  const product = b.pass("Einsum", [q!, k!], { equation: string("bhqd,bhkd->bhqk") });
  const scores = b.pass("Div", [product, b.scalar(Math.sqrt(3))]);
  const mixed = b.pass("MatMul", [b.pass("Softmax", [scores]), v!]);
  const joined = b.pass("Transpose", [mixed], { perm: ints(0, 2, 1, 3) });
  const flat = b.pass("Reshape", [joined, b.list(2, 4, 6)]);
  const middle = b.pass("Add", [x, b.pass("MatMul", [flat, out])]);
  const n = b.pass("LayerNormalization", [middle, ...second]);
  const mlp = b.pass("MatMul", [b.pass("Gelu", [b.pass("MatMul", [n, up])]), down]);
  const y = b.pass("Add", [middle, mlp]);
  return b.finish(b.meanAll(b.pass("ReduceLogSumExp", [y, b.list(1, 2)], { keepdims: int(0) })));
}

function unet(): Network {
  const b = new NetworkBuilder();
  const x = b.parameter("x", 31, 1, 2, 8, 8);
  const wa = b.parameter("a", 32, 3, 2, 3, 3);
  const wb = b.parameter("b", 33, 4, 3, 3, 3);
  const up = b.parameter("up", 34, 4, 2, 3, 3);
  const slope = b.parameter("slope", 35, 4);
  const last = b.parameter("last", 36, 1, 9, 1, 1);
  const padded = b.pass("Pad", [x, b.list(0, 0, 1, 1, 0, 0, 1, 1)], { mode: string("reflect") });
  const top = b.pass("Elu", [b.pass("Conv", [padded, wa])]);
  const pooled = b.pass("MaxPool", [top], {
    kernel_shape: ints(3, 3),
    strides: ints(2, 2),
    pads: ints(1, 1, 1, 1),
  });
  const conv = b.pass("Conv", [pooled, wb], { pads: ints(2, 2, 2, 2), dilations: ints(2, 2) });
  const low = b.pass("PRelu", [conv, b.pass("Unsqueeze", [slope, b.list(1, 2)])]);
  const one = b.pass("ConvTranspose", [low, up], {
    strides: ints(2, 2),
    pads: ints(1, 1, 1, 1),
    output_padding: ints(1, 1),
  });
  const scales = b.constant(float32s([1, 1, 2, 2]));
  const two = b.pass("Resize", [low, "", scales], { mode: string("linear") });
  const h = b.pass("Conv", [b.pass("Concat", [top, one, two], { axis: int(1) }), last]);
  return b.finish(b.meanAll(b.pass("Softplus", [h])));
}

function segmentation(): Network {
  const b = new NetworkBuilder();
  const x = b.parameter("x", 41, 2, 3, 5, 5);
  const w = b.parameter("w", 42, 4, 3, 3, 3);
  const affine = [b.parameter("scale", 43, 4), b.parameter("shift", 44, 4)];
  const head = b.parameter("head", 45, 3, 4, 1, 1);
  const conv = b.pass("Conv", [x, w], { pads: ints(1, 1, 1, 1) });
  // One scale a channel, by the form of one a group (opset 18) with scale 1 and shift 0.
  const ones = b.constant(float32s([1, 1]));
  const zeros = b.constant(float32s([0, 0]));
  const grouped = b.pass("GroupNormalization", [conv, ones, zeros], { num_groups: int(2) });
  const [scale, shift] = affine.map((v) => b.pass("Unsqueeze", [v, b.list(1, 2)]));
  const normal = b.pass("Add", [b.pass("Mul", [grouped, scale!]), shift!]);
  const h = b.pass("Mul", [normal, b.pass("Sigmoid", [normal])]);
  const pooled = b.pass("AveragePool", [h], {
    kernel_shape: ints(3, 3),
    strides: ints(2, 2),
    pads: ints(1, 1, 1, 1),
  });
  const resized = b.pass("Resize", [pooled, "", b.constant(float32s([1, 1, 2, 2]))], {
    coordinate_transformation_mode: string("asymmetric"),
    nearest_mode: string("floor"),
  });
  const smooth = b.pass("AveragePool", [resized], { kernel_shape: ints(2, 2) });
  const logits = b.pass("Conv", [smooth, head]);
  const labels = Array.from({ length: 50 }, (_, i) => ((i * 7) % 4 === 3 ? -1 : (i * 7) % 4));
  const loss = b.pass(
    "SoftmaxCrossEntropyLoss",
    [logits, b.constant(int64s(labels, [2, 5, 5])), b.constant(float32s([0.5, 1, 2]))],
    { ignore_index: int(-1) },
  );
  return b.finish(loss);
}

function audio(): Network {
  const b = new NetworkBuilder();
  const x = b.parameter("x", 51, 2, 3, 11);
  const wa = b.parameter("a", 52, 4, 3, 3);
  const affine = [b.parameter("scale", 53, 4), b.parameter("shift", 54, 4)];
  const wb = b.parameter("b", 55, 4, 2, 4);
  const target = b.parameter("target", 56, 2, 2, 22);
  let h = b.pass("Conv", [x, wa], { pads: ints(2, 2), dilations: ints(2) });
  h = b.pass("InstanceNormalization", [h, ...affine]);
  h = b.pass("LeakyRelu", [h], { alpha: float(0.2) });
  h = b.pass("ConvTranspose", [h, wb], { strides: ints(2), pads: ints(1, 1) });
  const difference = b.pass("Sub", [b.pass("Tanh", [h]), target]);
  return b.finish(b.meanAll(b.pass("Abs", [difference])));
}

function volume(): Network {
  const b = new NetworkBuilder();
  const x = b.parameter("x", 61, 1, 2, 4, 4, 4);
  const w = b.parameter("w", 62, 4, 1, 2, 2, 2);
  const v = b.parameter("v", 63, 3, 4, 3, 1, 2);
  let h = b.pass("Conv", [x, w], {
    strides: ints(1, 2, 1),
    pads: ints(1, 1, 1, 1, 1, 1),
    group: int(2),
  });
  h = b.pass("AveragePool", [b.pass("Softsign", [h])], { kernel_shape: ints(2, 1, 2) });
  h = b.pass("Conv", [h, v], { dilations: ints(1, 1, 2) });
  const most = b.pass("Flatten", [b.pass("GlobalMaxPool", [h])]);
  const product = b.pass("ReduceProd", [most, b.list(1)], { keepdims: int(0) });
  return b.finish(b.pass("ReduceSum", [product], { keepdims: int(0) }));
}

function text(): Network {
  const b = new NetworkBuilder();
  const table = b.parameter("table", 71, 6, 4);
  const gate = b.parameter("gate", 72, 4, 4);
  const power = b.parameter("power", 73, 4);
  const tokens = b.constant(int64s([0, 3, 3, 5, 1, 0], [2, 3]));
  const embedded = b.pass("Gather", [table, tokens]);
  const sums = b.pass("CumSum", [embedded, b.constant(int64s([1], []))]);
  const h = b.pass("Mul", [sums, b.pass("Sigmoid", [b.pass("MatMul", [embedded, gate])])]);
  const [top] = b.addMany("TopK", [h, b.list(2)], 2);
  const all = (value: string) => b.pass("ReduceSum", [value], { keepdims: int(0) });
  const powers = b.pass("Pow", [b.pass("Exp", [h]), power]);
  const mask = b.pass("Greater", [h, b.scalar(0.1)]);
  const chosen = b.pass("Where", [mask, powers, b.pass("Mul", [h, h])]);
  const norm = b.pass("ReduceL2", [h], { keepdims: int(0) });
  const parts = [all(top!), b.meanAll(chosen), norm, all(b.pass("Mish", [h]))];
  return b.finish(b.pass("Sum", parts));
}

export const NETWORKS: Readonly<Record<string, () => Network>> = {
  residual,
  inverted,
  transformer,
  unet,
  segmentation,
  audio,
  volume,
  text,
};
