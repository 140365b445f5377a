/** Types, counts and device work of every node of a graph. */
import { UserError } from "../base/errors.ts";
import { bindDim, canonicalDim, symbolsOf } from "../graph/dim.ts";
import { byteLength } from "../graph/tensor.ts";
import type { Attribute, Dim, Graph, Node, Shape, ValueType } from "../graph/types.ts";
import { sizeOf } from "./context.ts";
import { checkBinding, freeDimensions } from "./free-dims.ts";
import { GapList } from "./gaps.ts";
import { type InferredNode, inferGraph, type NodeContext } from "./inference.ts";
import { nestedNodes } from "./nested.ts";
import { ParameterCounter } from "./parameters.ts";
import type {
  Analysis,
  AnalyzedNode,
  CountContext,
  DimTensor,
  Operator,
  Totals,
  Work,
} from "./types.ts";

export interface AnalyzeOptions {
  /** Sizes for free dimensions: they become numbers in all types. */
  readonly bind?: Readonly<Record<string, number>>;
}

/**
 * Walks the graph once for types (see inference.ts), then counts each node.
 *
 * Free dimensions without a size stay symbolic in `types`; counts take them as 1. For a batch that
 * means figures for one item; any other such dimension is also reported as a gap.
 *
 * @throws UserError where shapes contradict each other, or `bind` names no free dimension
 */
export function analyze(graph: Graph, options: AnalyzeOptions = {}): Analysis {
  const bind = options.bind ?? {};
  const free = freeDimensions(graph);
  checkBinding(graph, free, bind);
  const inference = inferGraph(graph, bind);
  const sizes = new Sizes();
  const counter = new Counter(graph, sizes);
  const nodes = inference.nodes.map((n) => counter.node(n));
  // Without a prototype: a file may call a dimension `constructor` or `__proto__`.
  const bound: Record<string, number> = Object.assign(Object.create(null), bind);
  for (const f of free) bound[f.name] ??= 1;
  for (const [name, users] of sizes.assumed) {
    const maker = inference.dataDependent.get(name);
    const known = free.find((f) => f.name === name);
    bound[name] = 1;
    if (known?.batch) continue;
    if (maker)
      counter.gaps.add(maker.op, maker.name, `size ${name} depends on the data, counted as 1`);
    else
      for (const user of users)
        counter.gaps.add(
          "(dimension)",
          user,
          `dimension '${name}' is free, counted as 1: give a number`,
        );
  }
  return {
    graph,
    bound,
    nodes,
    types: inference.types,
    totals: totals(nodes),
    gaps: counter.gaps.list(),
  };
}

/** Numbers for shapes: free symbols count as 1, and who used which is remembered. */
class Sizes {
  readonly assumed = new Map<string, Set<string>>();
  readonly #values = new Map<string, number>();
  readonly #symbols = new Map<string, readonly string[]>();

  shape(shape: Shape, user: string): readonly number[] {
    let fixed = true;
    for (const d of shape) if (typeof d !== "number") fixed = false;
    if (fixed) return shape as readonly number[];
    return shape.map((d) => (typeof d === "number" ? d : this.#size(d, user)));
  }

  #size(d: string, user: string): number {
    let symbols = this.#symbols.get(d);
    if (symbols === undefined) {
      symbols = symbolsOf(d);
      this.#symbols.set(d, symbols);
    }
    for (const s of symbols) {
      const users = this.assumed.get(s);
      if (users) users.add(user);
      else this.assumed.set(s, new Set([user]));
    }
    let value = this.#values.get(d);
    if (value === undefined) {
      const ones = Object.fromEntries(symbols.map((s) => [s, 1]));
      value = bindDim(canonicalDim(d), ones) as number;
      this.#values.set(d, value);
    }
    return value;
  }
}

/** `OpContext` with every dimension a number. */
class BoundContext implements CountContext {
  readonly node: Node;
  readonly opset: number;
  readonly inputs: (ValueType | undefined)[] = [];
  readonly inputShapes: (readonly number[] | undefined)[] = [];
  readonly outputs: ValueType[] = [];
  readonly outputShapes: (readonly number[])[] = [];
  readonly #context: NodeContext;

  constructor({ context, node, outputs }: InferredNode, sizes: Sizes) {
    this.#context = context;
    this.node = node;
    this.opset = context.opset;
    for (const type of context.inputs) {
      const shape = type && sizes.shape(type.shape!, node.name);
      this.inputShapes.push(shape);
      this.inputs.push(shape === type?.shape ? type : { dtype: type!.dtype, shape });
    }
    for (const type of outputs) {
      const shape = sizes.shape(type.shape!, node.name);
      this.outputShapes.push(shape);
      this.outputs.push(shape === type.shape ? type : { dtype: type.dtype, shape });
    }
  }

  attribute(name: string): Attribute | undefined {
    return this.node.attributes[name];
  }

  elements(i: number): DimTensor | undefined {
    return this.#context.elements(i);
  }

  fixed(i: number): boolean {
    return this.#context.fixed(i);
  }

  fresh(what: string): Dim {
    return this.#context.fresh(what);
  }
}

const NOTHING: Counts = { macs: 0, flops: 0, bytesRead: 0, bytesWritten: 0 };

type Counts = Pick<AnalyzedNode, "macs" | "flops" | "bytesRead" | "bytesWritten">;

function countsOf(operator: Operator, ctx: CountContext): Counts {
  const arithmetic = operator.count?.(ctx);
  const bytes = operator.bytes?.(ctx) ?? wholeBytes(ctx);
  return {
    macs: arithmetic?.macs ?? 0,
    flops: arithmetic?.flops ?? 0,
    bytesRead: bytes.read,
    bytesWritten: bytes.written,
  };
}

function analyzed(n: InferredNode, params: number, counts: Counts, work: Work): AnalyzedNode {
  return {
    node: n.node,
    inputs: n.context.inputs,
    outputs: n.outputs,
    macs: counts.macs,
    flops: counts.flops,
    params,
    bytesRead: counts.bytesRead,
    bytesWritten: counts.bytesWritten,
    work,
    epilogue: n.operator?.epilogue,
    folded: n.folded,
  };
}

class Counter {
  readonly gaps = new GapList();
  readonly #parameters: ParameterCounter;
  readonly #sizes: Sizes;

  constructor(graph: Graph, sizes: Sizes) {
    this.#parameters = new ParameterCounter(graph);
    this.#sizes = sizes;
  }

  node(n: InferredNode): AnalyzedNode {
    const params = this.#parameters.node(n);
    if (n.operator === undefined || n.gap !== undefined)
      return analyzed(n, params, NOTHING, this.#gap(n, n.gap ?? "operator not known"));
    if (n.folded) return analyzed(n, params, NOTHING, { kind: "view" });
    const ctx = new BoundContext(n, this.#sizes);
    const assumed = this.#sizes.assumed.size > 0;
    try {
      const counts = countsOf(n.operator, ctx);
      const work = n.operator.work(ctx);
      if (work.kind === "gap") this.#gap(n, work.reason);
      if (assumed && ctx.outputShapes.some((s) => s.some((d) => d < 0)))
        return analyzed(n, params, NOTHING, this.#gap(n, "no size with free dimensions as 1"));
      return analyzed(n, params, counts, work);
    } catch (error) {
      // With every dimension given, inference has already accepted these shapes.
      if (!(assumed && error instanceof UserError)) throw error;
      const reason = `not countable with free dimensions as 1: ${error.message}`;
      return analyzed(n, params, NOTHING, this.#gap(n, reason));
    }
  }

  #gap(n: InferredNode, reason: string): Work {
    this.gaps.add(n.node.op, n.node.name, reason);
    for (const inner of nestedNodes(n.node))
      this.gaps.add(inner.op, inner.path, `inside ${n.node.op}, not counted`);
    return { kind: "gap", reason };
  }
}

/** Each distinct input once, each output once. */
function wholeBytes(ctx: CountContext): { readonly read: number; readonly written: number } {
  let read = 0;
  let written = 0;
  const { node } = ctx;
  for (let i = 0; i < node.inputs.length; i++) {
    const shape = ctx.inputShapes[i];
    if (shape === undefined || node.inputs.indexOf(node.inputs[i]!) !== i) continue;
    read += byteLength(ctx.inputs[i]!.dtype, sizeOf(shape));
  }
  for (let i = 0; i < node.outputs.length; i++)
    if (node.outputs[i] !== "")
      written += byteLength(ctx.outputs[i]!.dtype, sizeOf(ctx.outputShapes[i]!));
  return { read, written };
}

function totals(nodes: readonly AnalyzedNode[]): Totals {
  const sum = { macs: 0, flops: 0, params: 0, bytesRead: 0, bytesWritten: 0 };
  const macsByOp: Record<string, number> = {};
  for (const n of nodes) {
    sum.macs += n.macs;
    sum.flops += n.flops;
    sum.params += n.params;
    sum.bytesRead += n.bytesRead;
    sum.bytesWritten += n.bytesWritten;
    if (n.macs > 0) macsByOp[n.node.op] = (macsByOp[n.node.op] ?? 0) + n.macs;
  }
  return { ...sum, macsByOp };
}
