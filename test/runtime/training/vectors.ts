/** PyTorch's steps, and the same network here. */
import { readFileSync } from "node:fs";
import { float, int, ints } from "../../../src/graph/attribute.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { float32s } from "../../../src/graph/tensor.ts";
import type { Graph, Tensor } from "../../../src/graph/types.ts";
import type { TrainingOptions } from "../../../src/runtime/training/index.ts";

interface Floats {
  readonly dims: readonly number[];
  readonly base64: string;
}

export interface Vectors {
  readonly first: Readonly<Record<string, Floats>>;
  readonly batches: readonly { images: Floats; labels: readonly number[]; soft: Floats }[];
  readonly cases: Readonly<
    Record<
      string,
      {
        readonly options: Omit<TrainingOptions, "batch">;
        readonly steps: readonly {
          loss: number;
          correct: number;
          gradientNorm: number;
          learningRate: number;
        }[];
        readonly weights: Readonly<Record<string, Floats>>;
        readonly averaged?: Readonly<Record<string, Floats>>;
      }
    >
  >;
}

export const vectors: Vectors = JSON.parse(
  readFileSync(new URL("../../data/runtime/training/pytorch-steps.json", import.meta.url), "utf8"),
);

export function decode({ dims, base64 }: Floats): { dims: readonly number[]; data: Float32Array } {
  const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
  return { dims, data: new Float32Array(bytes.buffer) };
}

export function tensors(floats: Readonly<Record<string, Floats>>): Map<string, Tensor> {
  return new Map(
    Object.entries(floats).map(([name, value]) => {
      const { dims, data } = decode(value);
      return [name, float32s(data, dims)];
    }),
  );
}

/** `Net` of bench/peers/make_training_vectors.py. */
export function smallNet(end: "logits" | "softmax" = "logits"): Graph {
  const builder = new GraphBuilder({ name: "net" });
  const first = tensors(vectors.first);
  const weight = (name: string) => builder.initializer(name, first.get(name)!);
  const conv = (name: string, x: string, kernel: number, stride: number, bias = false) => {
    const pad = (kernel - 1) / 2;
    const inputs = [x, weight(`${name}.weight`), ...(bias ? [weight(`${name}.bias`)] : [])];
    return builder.add("Conv", inputs, {
      kernel_shape: ints(kernel, kernel),
      strides: ints(stride, stride),
      pads: ints(pad, pad, pad, pad),
    });
  };
  const norm = (name: string, x: string) =>
    builder.add(
      "BatchNormalization",
      [x, ...["weight", "bias", "running_mean", "running_var"].map((p) => weight(`${name}.${p}`))],
      { epsilon: float(1e-5), momentum: float(0.9) },
    );
  const relu = (x: string) => builder.add("Relu", [x]);
  const x = relu(norm("bn1", conv("conv1", builder.input("input", ["batch", 3, 8, 8]), 3, 1)));
  const sum = builder.add("Add", [
    norm("bn2", conv("conv2", x, 3, 2)),
    conv("shortcut", x, 1, 2, true),
  ]);
  const pooled = builder.add("MaxPool", [relu(sum)], {
    kernel_shape: ints(2, 2),
    strides: ints(2, 2),
  });
  const flat = builder.add("Flatten", [pooled], { axis: int(1) });
  const gemm = { transB: int(1) };
  let y = builder.add("Gemm", [flat, weight("fc.weight"), weight("fc.bias")], gemm);
  if (end === "softmax") y = builder.add("Softmax", [y], { axis: int(-1) });
  builder.output(y, ["batch", 5]);
  return builder.build();
}
