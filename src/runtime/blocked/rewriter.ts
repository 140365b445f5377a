/** Builds a graph anew while it keeps track of which values exist in which layout. */
import { checkGraph, reads } from "../../graph/check.ts";
import { isStatic } from "../../graph/dim.ts";
import { indexGraph, nameMaker, removeDead } from "../../graph/edit.ts";
import { int64s } from "../../graph/tensor.ts";
import type { Attribute, Graph, Node, Tensor, ValueType } from "../../graph/types.ts";
import { inferGraph } from "../../ops/inference.ts";
import { dependents } from "./dependents.ts";

/** ONNX Runtime's domain of operators on blocked tensors. */
export const NCHWC = "com.microsoft.nchwc";

export interface EmitOptions {
  readonly domain?: string;
  readonly outputs?: readonly string[];
  /** Default: one made from the scope. */
  readonly name?: string;
}

/**
 * A value [N, C, H, W] is *blocked* where its memory is [N, C/block, H, W, block]. Its dimensions
 * are still written as N, C, H, W, and operators that work element by element cannot tell.
 */
export class Rewriter {
  readonly block: number;
  /** Of the graph: how operators take their axes. */
  readonly opset: number;
  /** New nodes are called `scope/Operator`. */
  scope = "blocked";
  readonly #graph: Graph;
  readonly #types: ReadonlyMap<string, ValueType>;
  readonly #index: ReturnType<typeof indexGraph>;
  readonly #dependents: ReadonlySet<string>;
  readonly #fresh: (wanted: string) => string;
  readonly #initializers: Map<string, Tensor>;
  readonly #nodes = new Map<string, Node>();
  readonly #plain: Set<string>;
  readonly #blocked = new Map<string, string>();
  /** Blocked values that nobody has read so far, by the node that computes them. */
  readonly #open = new Map<string, Node>();
  readonly #shared = new Map<string, string>();
  readonly #centred = new Map<string, string>();

  constructor(graph: Graph, block: number) {
    this.block = block;
    this.opset = graph.opsets.get("") ?? graph.opsets.get("ai.onnx") ?? 1;
    this.#graph = graph;
    this.#types = inferGraph(graph, {}).types;
    this.#index = indexGraph(graph);
    this.#dependents = dependents(graph);
    this.#fresh = nameMaker(graph);
    this.#initializers = new Map(graph.initializers);
    this.#plain = new Set([...graph.inputs.map((v) => v.name), ...graph.initializers.keys()]);
  }

  /** Numbers for every dimension of a float32 value, or undefined. */
  dims(value: string | undefined): readonly number[] | undefined {
    if (value === undefined || value === "") return undefined;
    const constant = this.#graph.initializers.get(value);
    if (constant !== undefined) return constant.dtype === "float32" ? constant.dims : undefined;
    const type = this.#types.get(value);
    const shape = type?.dtype === "float32" ? type.shape : undefined;
    return shape !== undefined && isStatic(shape) ? shape : undefined;
  }

  /** The same in every run. */
  isFixed(value: string): boolean {
    return !this.#dependents.has(value);
  }

  constant(value: string): Tensor | undefined {
    return this.#graph.initializers.get(value);
  }

  producer(value: string): Node | undefined {
    return this.#index.producer(value);
  }

  /** Whether [N, C, H, W] with whole blocks of channels. */
  fits(value: string | undefined): boolean {
    const dims = this.dims(value);
    return dims?.length === 4 && dims[1]! > 0 && dims[1]! % this.block === 0;
  }

  /** Blocked, and not yet needed in the plain layout: work on it costs no change of layout. */
  isBlocked(value: string | undefined): value is string {
    return value !== undefined && this.#blocked.has(value) && !this.#plain.has(value);
  }

  hasBlocked(value: string | undefined): boolean {
    return value !== undefined && this.#blocked.has(value);
  }

  /** Read by one node only, once, and no output of the graph. */
  isPassing(value: string): boolean {
    const [reader, ...others] = this.#index.consumers(value);
    if (reader === undefined || others.length > 0 || this.#index.isOutput(value)) return false;
    return reader.inputs.filter((input) => input === value).length === 1;
  }

  /** The name of the value in the blocked layout, which it is brought into where it is not. */
  blocked(value: string): string {
    const known = this.#blocked.get(value);
    if (known !== undefined) {
      this.#open.delete(value);
      return known;
    }
    const name = this.emit("ReorderInput", [value], {}, { domain: NCHWC });
    this.#blocked.set(value, name);
    return name;
  }

  setBlocked(value: string, name: string): void {
    this.#blocked.set(value, name);
  }

  /** The node behind a blocked value that nobody has read; further work may be merged into it. */
  takeOpen(value: string, suits: (node: Node) => boolean): Node | undefined {
    const node = this.isPassing(value) ? this.#open.get(value) : undefined;
    if (node === undefined || !suits(node)) return undefined;
    this.#open.delete(value);
    this.#nodes.delete(node.name);
    return node;
  }

  /** Adds a blocked node whose result stands for `value` and may take up what follows. */
  emitOpen(value: string, node: Pick<Node, "op" | "inputs" | "attributes">): void {
    const name = this.emit(node.op, node.inputs, node.attributes, { domain: NCHWC });
    this.#blocked.set(value, name);
    this.#open.set(value, [...this.#nodes.values()].at(-1)!);
  }

  /** Makes sure that the value exists in the plain layout, under its own name. */
  plain(value: string): void {
    if (this.#plain.has(value) || !this.#blocked.has(value)) return;
    const channels: Attribute = { kind: "int", value: this.dims(value)![1]! };
    const inputs = [this.blocked(value)];
    this.emit("ReorderOutput", inputs, { channels }, { domain: NCHWC, outputs: [value] });
    this.#plain.add(value);
  }

  /** A value that new nodes have computed under its own name, in the plain layout. */
  setPlain(value: string): void {
    this.#plain.add(value);
  }

  /** A value that is the same in both layouts, e.g. [N, C, 1, 1]. */
  setBoth(value: string): void {
    this.#plain.add(value);
    this.#blocked.set(value, value);
  }

  emit(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    { domain = "", outputs, name = this.#fresh(`${this.scope}/${op}`) }: EmitOptions = {},
  ): string {
    const names = outputs ?? [this.#fresh(`${name}_out`)];
    this.#nodes.set(name, { name, op, domain, inputs, outputs: names, attributes });
    for (const output of names) if (domain === "" && output !== "") this.#plain.add(output);
    return names[0]!;
  }

  /** As `emit`, but the same node is made only once. */
  emitShared(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const key = JSON.stringify([op, inputs, attributes]);
    let name = this.#shared.get(key);
    if (name === undefined) {
      name = this.emit(op, inputs, attributes);
      this.#shared.set(key, name);
    }
    return name;
  }

  initializer(tensor: Tensor): string {
    const { dtype, dims, bytes } = tensor;
    const key = `${dtype} ${dims.join()} ${bytes.join()}`;
    let name = this.#shared.get(key);
    if (name === undefined) {
      name = this.#fresh("blocked/constant");
      this.#initializers.set(name, tensor);
      this.#shared.set(key, name);
    }
    return name;
  }

  reshape(value: string, ...dims: readonly number[]): string {
    return this.emit("Reshape", [value, this.initializer(int64s(dims))]);
  }

  /** As `reshape`, under the name of a value of the graph. */
  reshapeTo(value: string, dims: readonly number[], output: string): void {
    const inputs = [value, this.initializer(int64s(dims))];
    this.emit("Reshape", inputs, {}, { outputs: [output] });
  }

  /** Keeps x - mean, blocked, for whoever normalises x by that mean again. */
  setCentred(x: string, mean: string, blocked: string): void {
    this.#centred.set(`${x} ${mean}`, blocked);
  }

  centred(x: string, mean: string): string | undefined {
    return this.#centred.get(`${x} ${mean}`);
  }

  /** A node as it was, on plain values. */
  keep(node: Node): void {
    for (const name of reads(node)) this.plain(name);
    this.#nodes.set(node.name, node);
    for (const output of node.outputs) this.#plain.add(output);
  }

  finish(): Graph {
    for (const { name } of this.#graph.outputs) this.plain(name);
    const graph: Graph = {
      ...this.#graph,
      nodes: [...this.#nodes.values()],
      initializers: this.#initializers,
      // Declared shapes are those of plain values; what is not declared is inferred.
      declared: new Map(),
      opsets: new Map([...this.#graph.opsets, [NCHWC, 1]]),
    };
    const live = removeDead(graph);
    checkGraph(live);
    return live;
  }
}
