/** Builds the nested graphs of conditional execution: a body that goes on with some of the batch. */
import { reads } from "../../graph/check.ts";
import { nameMaker } from "../../graph/edit.ts";
import { int64s, tensorOf } from "../../graph/tensor.ts";
import type { Attribute, Graph, Node, Tensor, Value, ValueType } from "../../graph/types.ts";

/** Nodes and constants of one graph that is being put together. */
export class Scope {
  readonly nodes: Node[] = [];
  readonly initializers = new Map<string, Tensor>();
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
      declared: new Map(),
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

export type Types = ReadonlyMap<string, ValueType>;
