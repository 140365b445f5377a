/**
 * Checks gradients against central differences of the graph itself, run by ONNX Runtime.
 *
 * The loss is sum(weights * y) over all outputs, with fixed weights. The gradient graph computes it
 * in the graph; the differences sum it here in double precision from the outputs, so that only the
 * operator's own rounding counts.
 */
import ort from "onnxruntime-node";
import { int } from "../../src/graph/attribute.ts";
import { elementCount, float32s, numbers, tensorOf } from "../../src/graph/tensor.ts";
import type { DType, Graph, Tensor } from "../../src/graph/types.ts";
import { writeOnnx } from "../../src/onnx/index.ts";
import { analyze } from "../../src/ops/analyze.ts";
import { isFloat } from "../../src/ops/elements.ts";
import { type Gradients, gradients } from "../../src/ops/gradients/index.ts";

export type Feeds = Readonly<Record<string, Tensor>>;
export type Results = Readonly<Record<string, { dims: readonly number[]; data: Float64Array }>>;

export interface Run {
  run(feeds: Feeds): Promise<Results>;
  release(): Promise<void>;
}

export async function openGraph(graph: Graph): Promise<Run> {
  const session = await ort.InferenceSession.create(writeOnnx(graph), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  return {
    async run(feeds) {
      const given: Record<string, ort.Tensor> = {};
      for (const [name, t] of Object.entries(feeds)) given[name] = ortTensor(t);
      const out = await session.run(given);
      return Object.fromEntries(
        Object.entries(out).map(([name, t]) => [
          name,
          { dims: t.dims, data: Float64Array.from(t.data as Float32Array, Number) },
        ]),
      );
    },
    release: () => session.release(),
  };
}

const VIEWS: Readonly<Partial<Record<DType, (buffer: ArrayBufferLike) => ort.Tensor["data"]>>> = {
  float32: (b) => new Float32Array(b),
  float64: (b) => new Float64Array(b),
  int64: (b) => new BigInt64Array(b),
  int32: (b) => new Int32Array(b),
  bool: (b) => new Uint8Array(b),
};

function ortTensor(t: Tensor): ort.Tensor {
  const view = VIEWS[t.dtype];
  if (view === undefined) throw new Error(`no feed of ${t.dtype}`);
  return new ort.Tensor(t.dtype as "float32", view(t.bytes.slice().buffer) as Float32Array, t.dims);
}

export interface Check {
  readonly graph: Graph;
  /** Values of all graph inputs. */
  readonly feeds: Feeds;
  /** Graph inputs to differentiate by. */
  readonly parameters: readonly string[];
  /**
   * Half the distance of the central difference. Where the outputs are linear in each parameter it
   * may be large; near a kink it must stay below the distance to it.
   */
  readonly step: number;
  /** Allowed error, in proportion to the largest difference quotient. */
  readonly tolerance: number;
  readonly seed?: number;
  /** Operators that the analysis does not count. Default: none. */
  readonly uncounted?: readonly string[];
}

/** Parameters with at most this many elements are checked one by one, others along directions. */
const MOST_ELEMENTS = 24;
const DIRECTIONS = 4;

/** @returns the largest error in proportion to the largest difference quotient */
export async function checkGradients(check: Check): Promise<number> {
  const { graph, feeds, parameters } = check;
  const random = noise(check.seed ?? 1);
  const forward = await openGraph(graph);
  const outputs = await forward.run(feeds);
  const weights = new Map<string, Tensor>();
  for (const { name, dtype } of graph.outputs) {
    if (!isFloat(dtype)) continue;
    const { dims, data } = outputs[name]!;
    const w = Float64Array.from(data, () => Math.round(random() * 8) / 4 || 0.5);
    weights.set(name, tensorOf(dtype as "float32", dims, w));
  }
  const withLoss = weighted(graph);
  const result = gradients(withLoss, "loss", parameters);
  assertAnalyzed(result, feeds, check.uncounted ?? []);
  const backward = await openGraph(result.graph);
  const given = Object.fromEntries([...weights].map(([name, w]) => [weightsOf(name), w]));
  const computed = await backward.run({ ...feeds, ...given });
  const loss = async (changed: Feeds): Promise<number> => {
    const y = await forward.run(changed);
    let sum = 0;
    for (const [name, w] of weights) sum += dot(y[name]!.data, numbers(w));
    return sum;
  };
  let worst = 0;
  let scale = 0;
  const differences: { parameter: string; computed: number; quotient: number }[] = [];
  for (const parameter of parameters) {
    const g = computed[result.gradients.get(parameter)!]!;
    const x = feeds[parameter]!;
    if (g.dims.join() !== x.dims.join())
      throw new Error(
        `gradient by ${parameter} is [${g.dims.join()}], the parameter [${x.dims.join()}]`,
      );
    for (const direction of directionsOf(elementCount(x.dims), random)) {
      const at = async (h: number) => loss({ ...feeds, [parameter]: moved(x, direction, h) });
      const quotient = ((await at(check.step)) - (await at(-check.step))) / (2 * check.step);
      const product = dot(direction, g.data);
      differences.push({ parameter, computed: product, quotient });
      scale = Math.max(scale, Math.abs(quotient));
      worst = Math.max(worst, Math.abs(product - quotient));
    }
  }
  await forward.release();
  await backward.release();
  const error = worst / Math.max(scale, 1e-3);
  if (!(error <= check.tolerance)) {
    const lines = differences
      .filter(
        (d) => !(Math.abs(d.computed - d.quotient) <= check.tolerance * Math.max(scale, 1e-3)),
      )
      .slice(0, 6)
      .map((d) => `${d.parameter}: computed ${d.computed}, difference quotient ${d.quotient}`);
    throw new Error(
      `error ${error} > ${check.tolerance}\n${lines.join("\n")}\n${nodesOf(result.graph)}`,
    );
  }
  return error;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function weightsOf(output: string): string {
  return `${output}_weights`;
}

/** The graph with loss = sum over its outputs y of sum(weights * y), the weights being inputs. */
function weighted(graph: Graph): Graph {
  const inputs = [...graph.inputs];
  const nodes = [...graph.nodes];
  const { types } = analyze(graph);
  const sums: string[] = [];
  for (const { name } of graph.outputs) {
    const { dtype, shape } = types.get(name)!;
    if (!isFloat(dtype)) continue;
    inputs.push({ name: weightsOf(name), dtype, shape });
    const add = (op: string, from: string[], attributes = {}) => {
      const out = `${name}_${op}`;
      nodes.push({ name: out, op, domain: "", inputs: from, outputs: [out], attributes });
      return out;
    };
    const product = add("Mul", [name, weightsOf(name)]);
    sums.push(add("ReduceSum", [product], { keepdims: int(0) }));
  }
  nodes.push({
    name: "loss",
    op: "Sum",
    domain: "",
    inputs: sums,
    outputs: ["loss"],
    attributes: {},
  });
  return { ...graph, inputs, nodes };
}

/** Every gradient graph has types and counts throughout, its free dimensions being as fed. */
function assertAnalyzed(result: Gradients, feeds: Feeds, uncounted: readonly string[]): void {
  const bind: Record<string, number> = {};
  for (const { name, shape } of result.graph.inputs)
    shape?.forEach((d, axis) => {
      if (typeof d === "string" && feeds[name] !== undefined) bind[d] = feeds[name].dims[axis]!;
    });
  analyze(result.graph);
  const { types, gaps: all } = analyze(result.graph, { bind });
  const gaps = all.filter((gap) => !uncounted.includes(gap.op));
  if (gaps.length > 0) throw new Error(`gaps: ${JSON.stringify(gaps)}\n${nodesOf(result.graph)}`);
  for (const [parameter, g] of result.gradients) {
    const [wanted, got] = [types.get(parameter)!, types.get(g)!];
    if (wanted.dtype !== got.dtype || wanted.shape!.join() !== got.shape!.join())
      throw new Error(
        `gradient ${g} of ${parameter}: ${got.dtype} [${got.shape!.join()}], expected ${wanted.dtype} [${wanted.shape!.join()}]\n${nodesOf(result.graph)}`,
      );
  }
}

function nodesOf(graph: Graph): string {
  return graph.nodes
    .map((n) => {
      const attributes = Object.entries(n.attributes)
        .map(([k, a]) => `${k}=${JSON.stringify("value" in a ? a.value : "…")}`)
        .join(" ");
      const inputs = n.inputs.map((i) => {
        const t = graph.initializers.get(i);
        return t && elementCount(t.dims) < 9 ? `${i}=[${Array.from(numbers(t)).join()}]` : i;
      });
      return `${n.outputs.join(", ")} = ${n.op}(${inputs.join(", ")}) ${attributes}`;
    })
    .join("\n");
}

function directionsOf(count: number, random: () => number): Float64Array[] {
  if (count <= MOST_ELEMENTS)
    return Array.from({ length: count }, (_, i) =>
      Float64Array.from({ length: count }, (__, k) => (k === i ? 1 : 0)),
    );
  return Array.from({ length: DIRECTIONS }, () =>
    Float64Array.from({ length: count }, () => (random() < 0 ? -1 : 1)),
  );
}

function moved(x: Tensor, direction: Float64Array, h: number): Tensor {
  const values = Float64Array.from(numbers(x), (v, i) => v + h * direction[i]!);
  return tensorOf(x.dtype as "float32", x.dims, values);
}

/** Numbers in [-1, 1) that a seed fixes (mulberry32). */
export function noise(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

/** Distinct multiples of `grid` around 0 in random order: no two elements are closer. */
export function spaced(seed: number, dims: readonly number[], grid: number, offset = 0.5): Tensor {
  const random = noise(seed);
  const count = elementCount(dims);
  const values = Array.from(
    { length: count },
    (_, i) => (i - Math.floor(count / 2) + offset) * grid,
  );
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(((random() + 1) / 2) * (i + 1));
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
  return float32s(values, dims);
}

/** Random odd multiples of 1/64 in [low, high): each 1/64 away from the multiples of 1/32. */
export function grid(seed: number, dims: readonly number[], low: number, high: number): Tensor {
  const random = noise(seed);
  const cells = Math.floor((high - low) * 32);
  return float32s(
    Array.from({ length: elementCount(dims) }, () => {
      const cell = Math.floor(((random() + 1) / 2) * cells);
      return low + (cell + 0.5) / 32;
    }),
    dims,
  );
}

/** All elements moved by a fraction of the grid's cell, other for each `i`. */
export function shifted(x: Tensor, i = 1): Tensor {
  return float32s(
    Array.from(numbers(x), (v) => v + i / 128),
    x.dims,
  );
}

/** false, true, false, … */
export function alternating(dims: readonly number[]): Tensor {
  return tensorOf(
    "bool",
    dims,
    Array.from({ length: elementCount(dims) }, (_, i) => i % 2),
  );
}

/** Random multiples of 1/64 in [low, high]. */
export function uniform(seed: number, dims: readonly number[], low = -1, high = 1): Tensor {
  const random = noise(seed);
  const values = Array.from({ length: elementCount(dims) }, () => {
    const v = low + ((random() + 1) / 2) * (high - low);
    return Math.round(v * 64) / 64;
  });
  return float32s(values, dims);
}
