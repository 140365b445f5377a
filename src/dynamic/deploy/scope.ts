/** Builds the nested graphs of conditional execution: a body that goes on with some of the batch. */
import { reads } from "../../graph/check.ts";
import { nameMaker } from "../../graph/edit.ts";
import { int64s, tensorOf } from "../../graph/tensor.ts";
import type { Attribute, Graph, Node, Tensor, Value, ValueType } from "../../graph/types.ts";

/** Nodes and constants of one graph that is being put together. */
export class Scope {
  readonly nodes: Node[] = [];
  readonly initializers = new Map<string, Tensor>();
  readonly declared = new Map<string, ValueType>();
  readonly #fresh: (wanted: string) => string;
  readonly prefix: string;

  constructor(fresh: (wanted: string) => string, prefix: string) {
    this.#fresh = fresh;
    this.prefix = prefix;
  }

  add(
    op: string,
    part: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    output?: string,
  ): string {
    const name = this.#fresh(`${this.prefix}/${part}`);
    const out = output ?? this.#fresh(`${name}_out`);
    this.nodes.push({ name, op, domain: "", inputs, outputs: [out], attributes });
    return out;
  }

  addMany(
    op: string,
    part: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): void {
    const name = this.#fresh(`${this.prefix}/${part}`);
    this.nodes.push({ name, op, domain: "", inputs, outputs, attributes });
  }

  constant(part: string, tensor: Tensor): string {
    const name = this.#fresh(`${this.prefix}/${part}`);
    this.initializers.set(name, tensor);
    return name;
  }

  integers(...values: readonly number[]): string {
    return this.constant("list", int64s(values));
  }

  integer(part: string, value: number): string {
    return this.constant(part, tensorOf("int64", [], [value]));
  }

  number(part: string, value: number): string {
    return this.constant(part, tensorOf("float32", [], [value]));
  }

  /**
   * Says that sizes which depend on data are equal: where ONNX Runtime does not know it, it neither fuses
   * a sum with the convolution before it, nor can it run the sum for a batch of none.
   */
  declare(value: string, { dtype, shape }: ValueType, batch: string): void {
    if (shape !== undefined) this.declared.set(value, { dtype, shape: [batch, ...shape.slice(1)] });
  }

  fresh(part: string): string {
    return this.#fresh(`${this.prefix}/${part}`);
  }

  inner(prefix: string): Scope {
    return new Scope(this.#fresh, prefix);
  }

  /** As the body of an If: no inputs, what it reads besides its own it captures. */
  body(name: string, outputs: readonly Value[]): Graph {
    return {
      name,
      nodes: this.nodes,
      inputs: [],
      outputs,
      initializers: this.initializers,
      declared: this.declared,
      opsets: new Map(),
      metadata: {},
    };
  }
}

/** Makes names that nothing has. */
export type ScopeNames = (wanted: string) => string;

/**
 * Gives a body the constants that its nodes read and no other node does.
 *
 * @returns the constants that stay outside
 */
export function moveInto(
  scope: Scope,
  initializers: ReadonlyMap<string, Tensor>,
  others: readonly Node[],
): ReadonlyMap<string, Tensor> {
  const elsewhere = new Set(others.flatMap((node) => [...reads(node)]));
  const rest = new Map(initializers);
  for (const name of new Set(scope.nodes.flatMap((node) => [...reads(node)]))) {
    const tensor = initializers.get(name);
    if (tensor === undefined || elsewhere.has(name)) continue;
    scope.initializers.set(name, tensor);
    rest.delete(name);
  }
  return rest;
}

export function scopeOf(graph: Graph, prefix: string): Scope {
  return new Scope(nameMaker(graph), prefix);
}

/** Name of the number of inputs that go on after an exit. */
export const batchAfter = (part: number) => `batch_after_${part}`;

export type Types = ReadonlyMap<string, ValueType>;
