/**
 * A network computed by plain loops in double precision: slow, and with nothing in common with what
 * it checks. Operators of the zoo's networks and of the common exports, 2-D, batch and all.
 */
import { attributeValue } from "../../src/graph/attribute.ts";
import { numbers } from "../../src/graph/tensor.ts";
import type { Graph, Node } from "../../src/graph/types.ts";

export interface Array4 {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export function array(shape: readonly number[], data?: ArrayLike<number>): Array4 {
  const size = shape.reduce((n, d) => n * d, 1);
  return { shape, data: data === undefined ? new Float64Array(size) : Float64Array.from(data) };
}

/** @returns the graph's outputs */
export function execute(graph: Graph, inputs: Readonly<Record<string, Array4>>): Array4[] {
  const values = new Map<string, Array4>(Object.entries(inputs));
  for (const [name, tensor] of graph.initializers)
    values.set(name, array(tensor.dims, numbers(tensor)));
  const lastUse = new Map<string, number>();
  graph.nodes.forEach((node, i) => {
    for (const name of node.inputs) lastUse.set(name, i);
  });
  const kept = new Set(graph.outputs.map((o) => o.name));
  graph.nodes.forEach((node, i) => {
    const run = OPERATORS[node.op];
    if (run === undefined) throw new Error(`${node.op} is not in the reference executor`);
    const args = node.inputs.map((name) => (name === "" ? undefined : values.get(name)!));
    values.set(node.outputs[0]!, run(node, args as Array4[]));
    for (const name of node.inputs)
      if (lastUse.get(name) === i && !kept.has(name)) values.delete(name);
  });
  return graph.outputs.map((o) => values.get(o.name)!);
}

/** Largest difference, relative to the largest value of the first. */
export function difference(a: Array4, b: Array4): number {
  if (a.shape.join() !== b.shape.join())
    throw new Error(`shapes ${a.shape.join()} and ${b.shape.join()}`);
  let most = 0;
  let scale = 0;
  for (let i = 0; i < a.data.length; i++) {
    most = Math.max(most, Math.abs(a.data[i]! - b.data[i]!));
    scale = Math.max(scale, Math.abs(a.data[i]!));
  }
  return scale === 0 ? most : most / scale;
}

type Run = (node: Node, inputs: readonly Array4[]) => Array4;

const ints = (node: Node, name: string, fallback: readonly number[]) =>
  attributeValue(node, name, "ints") ?? fallback;
const int = (node: Node, name: string, fallback: number) =>
  attributeValue(node, name, "int") ?? fallback;
const float = (node: Node, name: string, fallback: number) =>
  attributeValue(node, name, "float") ?? fallback;

const each =
  (f: (x: number, node: Node) => number): Run =>
  (node, [x]) => ({ shape: x!.shape, data: x!.data.map((v) => f(v, node)) });

const conv: Run = (node, [x, w, bias]) => {
  const [n = 0, c = 0, h = 0, width = 0] = x!.shape;
  const [filters = 0, depth = 0, kh = 0, kw = 0] = w!.shape;
  const [sh = 1, sw = 1] = ints(node, "strides", [1, 1]);
  const [dh = 1, dw = 1] = ints(node, "dilations", [1, 1]);
  const [top = 0, left = 0, low = 0, right = 0] = ints(node, "pads", [0, 0, 0, 0]);
  const groups = int(node, "group", 1);
  const oh = Math.floor((h + top + low - dh * (kh - 1) - 1) / sh) + 1;
  const ow = Math.floor((width + left + right - dw * (kw - 1) - 1) / sw) + 1;
  if (depth * groups !== c) throw new Error(`${node.name}: ${depth} x ${groups} != ${c}`);
  const out = array([n, filters, oh, ow]);
  for (let b = 0; b < n; b++)
    for (let f = 0; f < filters; f++) {
      const plane = (b * filters + f) * oh * ow;
      if (bias) out.data.fill(bias.data[f]!, plane, plane + oh * ow);
      const first = Math.floor(f / (filters / groups)) * depth;
      for (let d = 0; d < depth; d++)
        for (let ky = 0; ky < kh; ky++)
          for (let kx = 0; kx < kw; kx++) {
            const weight = w!.data[((f * depth + d) * kh + ky) * kw + kx]!;
            const source = (b * c + first + d) * h * width;
            for (let y = 0; y < oh; y++) {
              const iy = y * sh + ky * dh - top;
              if (iy < 0 || iy >= h) continue;
              const shift = kx * dw - left;
              const x0 = Math.max(0, Math.ceil(-shift / sw));
              const x1 = Math.min(ow, Math.ceil((width - shift) / sw));
              const row = source + iy * width + shift;
              const to = plane + y * ow;
              for (let ox = x0; ox < x1; ox++)
                out.data[to + ox]! += weight * x!.data[row + ox * sw]!;
            }
          }
    }
  return out;
};

const gemm: Run = (node, [a, b, c]) => {
  const alpha = float(node, "alpha", 1);
  const beta = float(node, "beta", 1);
  const [m = 0, k = 0] = a!.shape;
  const transposed = int(node, "transB", 0) !== 0;
  const n = b!.shape[transposed ? 0 : 1]!;
  if (b!.shape[transposed ? 1 : 0] !== k)
    throw new Error(`${node.name}: ${b!.shape.join()} by ${k}`);
  const out = array([m, n]);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++)
        sum += a!.data[i * k + l]! * b!.data[transposed ? j * k + l : l * n + j]!;
      const bias = c === undefined ? 0 : c.data[c.data.length === 1 ? 0 : j]!;
      out.data[i * n + j] = alpha * sum + beta * bias;
    }
  return out;
};

const matMul: Run = (node, [a, b]) => {
  const k = a!.shape.at(-1)!;
  const rows = array([a!.data.length / k, k], a!.data);
  const out = gemm(node, [rows, b!]);
  return { shape: [...a!.shape.slice(0, -1), b!.shape[1]!], data: out.data };
};

const batchNormalization: Run = (node, [x, scale, shift, mean, variance]) => {
  const [n = 0, c = 0, ...rest] = x!.shape;
  const inner = rest.reduce((a, b) => a * b, 1);
  const epsilon = float(node, "epsilon", 1e-5);
  const out = array(x!.shape);
  for (let i = 0; i < n * c; i++) {
    const ch = i % c;
    const factor = scale!.data[ch]! / Math.sqrt(variance!.data[ch]! + epsilon);
    for (let p = i * inner; p < (i + 1) * inner; p++)
      out.data[p] = (x!.data[p]! - mean!.data[ch]!) * factor + shift!.data[ch]!;
  }
  return out;
};

/** NumPy's broadcasting. */
const binary =
  (f: (a: number, b: number) => number): Run =>
  (_, [a, b]) => {
    const rank = Math.max(a!.shape.length, b!.shape.length);
    const padded = (s: readonly number[]) => [...Array<number>(rank - s.length).fill(1), ...s];
    const [p, q] = [padded(a!.shape), padded(b!.shape)];
    const shape = p.map((d, i) => Math.max(d, q[i]!));
    const out = array(shape);
    for (let i = 0; i < out.data.length; i++) {
      let rest = i;
      let [at, bt, as, bs] = [0, 0, 1, 1];
      for (let d = rank - 1; d >= 0; d--) {
        const k = rest % shape[d]!;
        rest = Math.floor(rest / shape[d]!);
        if (p[d] !== 1) at += k * as;
        if (q[d] !== 1) bt += k * bs;
        as *= p[d]!;
        bs *= q[d]!;
      }
      out.data[i] = f(a!.data[at]!, b!.data[bt]!);
    }
    return out;
  };

const pool =
  (reduce: (window: readonly number[], size: number, node: Node) => number, pad: number): Run =>
  (node, [x]) => {
    const [n = 0, c = 0, h = 0, w = 0] = x!.shape;
    const [kh = 1, kw = 1] = ints(node, "kernel_shape", [1, 1]);
    const [sh = 1, sw = 1] = ints(node, "strides", [1, 1]);
    const [top = 0, left = 0, low = 0, right = 0] = ints(node, "pads", [0, 0, 0, 0]);
    const round = int(node, "ceil_mode", 0) === 0 ? Math.floor : Math.ceil;
    const oh = round((h + top + low - kh) / sh) + 1;
    const ow = round((w + left + right - kw) / sw) + 1;
    const out = array([n, c, oh, ow]);
    for (let i = 0; i < n * c; i++)
      for (let y = 0; y < oh; y++)
        for (let ox = 0; ox < ow; ox++) {
          const window: number[] = [];
          for (let ky = 0; ky < kh; ky++)
            for (let kx = 0; kx < kw; kx++) {
              const [iy, ix] = [y * sh + ky - top, ox * sw + kx - left];
              const inside = iy >= 0 && iy < h && ix >= 0 && ix < w;
              if (inside) window.push(x!.data[(i * h + iy) * w + ix]!);
              else if (Number.isFinite(pad)) window.push(pad);
            }
          const counted = int(node, "count_include_pad", 0) === 0 ? -1 : kh * kw;
          out.data[(i * oh + y) * ow + ox] = reduce(window, counted, node);
        }
    return out;
  };

const globalPool =
  (reduce: (window: Float64Array) => number): Run =>
  (_, [x]) => {
    const [n = 0, c = 0, ...rest] = x!.shape;
    const inner = rest.reduce((a, b) => a * b, 1);
    const out = array([n, c, ...rest.map(() => 1)]);
    for (let i = 0; i < n * c; i++)
      out.data[i] = reduce(x!.data.subarray(i * inner, (i + 1) * inner));
    return out;
  };

const mean = (xs: Float64Array | readonly number[]) => {
  let sum = 0;
  for (const v of xs) sum += v;
  return sum / xs.length;
};

const concat: Run = (node, inputs) => {
  const rank = inputs[0]!.shape.length;
  const axis = (int(node, "axis", 1) + rank) % rank;
  const before = inputs[0]!.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const sizes = inputs.map((x) => x.data.length / before);
  const all = inputs.reduce((sum, x) => sum + x.shape[axis]!, 0);
  const out = array(inputs[0]!.shape.with(axis, all));
  let at = 0;
  for (let b = 0; b < before; b++)
    inputs.forEach((x, i) => {
      out.data.set(x.data.subarray(b * sizes[i]!, (b + 1) * sizes[i]!), at);
      at += sizes[i]!;
    });
  return out;
};

const reshape: Run = (_, [x, shape]) => {
  const wanted = Array.from(shape!.data, (d, i) => (d === 0 ? x!.shape[i]! : d));
  const known = wanted.reduce((n, d) => (d < 0 ? n : n * d), 1);
  const result = wanted.map((d) => (d < 0 ? x!.data.length / known : d));
  if (result.reduce((a, b) => a * b, 1) !== x!.data.length)
    throw new Error(`${x!.shape.join()} as ${wanted.join()}`);
  return { shape: result, data: x!.data };
};

const transpose: Run = (node, [x]) => {
  const perm = ints(node, "perm", Array.from(x!.shape.keys()).reverse());
  const out = array(perm.map((p) => x!.shape[p]!));
  const strides = x!.shape.map((_, i) => x!.shape.slice(i + 1).reduce((a, b) => a * b, 1));
  for (let i = 0; i < out.data.length; i++) {
    let rest = i;
    let at = 0;
    for (let d = perm.length - 1; d >= 0; d--) {
      at += (rest % out.shape[d]!) * strides[perm[d]!]!;
      rest = Math.floor(rest / out.shape[d]!);
    }
    out.data[i] = x!.data[at]!;
  }
  return out;
};

const pad: Run = (_, [x, pads]) => {
  if (pads!.data.some((p) => p !== 0)) throw new Error("only padding by nothing");
  return x!;
};

const OPERATORS: Readonly<Record<string, Run>> = {
  Conv: conv,
  Gemm: gemm,
  MatMul: matMul,
  BatchNormalization: batchNormalization,
  Relu: each((x) => Math.max(0, x)),
  Sigmoid: each((x) => 1 / (1 + Math.exp(-x))),
  Clip: (_, [x, low, high]) => ({
    shape: x!.shape,
    data: x!.data.map((v) =>
      Math.min(high?.data[0] ?? Infinity, Math.max(low?.data[0] ?? -Infinity, v)),
    ),
  }),
  Identity: (_, [x]) => x!,
  Constant: (node) => {
    const value = attributeValue(node, "value", "tensor")!;
    return array(value.dims, numbers(value));
  },
  Add: binary((a, b) => a + b),
  Mul: binary((a, b) => a * b),
  MaxPool: pool((window) => Math.max(...window), Number.NaN),
  AveragePool: pool(
    (window, counted) =>
      window.reduce((a, b) => a + b, 0) / (counted < 0 ? window.length : counted),
    Number.NaN,
  ),
  GlobalAveragePool: globalPool(mean),
  GlobalMaxPool: globalPool((xs) => Math.max(...xs)),
  Flatten: (_, [x]) => {
    const [n = 1] = x!.shape;
    return { shape: [n, x!.data.length / n], data: x!.data };
  },
  Concat: concat,
  Reshape: reshape,
  Transpose: transpose,
  Pad: pad,
};
