/** What a gradient rule sees of its node. */
import type { Attribute, Dim, Node, Shape, ValueType } from "../../graph/types.ts";
import { fail } from "../context.ts";
import type { InferredNode } from "../inference.ts";
import type { DimTensor } from "../types.ts";
import type { GradientBuilder } from "./builder.ts";
import type { GradientContext } from "./types.ts";

export class NodeGradientContext implements GradientContext {
  readonly node: Node;
  readonly opset: number;
  readonly inputs: readonly (ValueType | undefined)[];
  readonly builder: GradientBuilder;
  saved: Readonly<Record<string, string>> = {};
  readonly #inferred: InferredNode;
  readonly #types: ReadonlyMap<string, ValueType>;
  readonly #wanted: ReadonlySet<string>;

  /** @param wanted values whose gradients are asked for */
  constructor(
    inferred: InferredNode,
    builder: GradientBuilder,
    types: ReadonlyMap<string, ValueType>,
    wanted: ReadonlySet<string>,
  ) {
    this.node = inferred.node;
    this.opset = inferred.context.opset;
    this.inputs = inferred.context.inputs;
    this.builder = builder;
    this.#inferred = inferred;
    this.#types = types;
    this.#wanted = wanted;
  }

  type(value: string): ValueType {
    return this.#types.get(value)!;
  }

  shape(value: string): Shape {
    const { shape } = this.type(value);
    if (shape === undefined)
      throw fail(
        this,
        `the rank of ${value} is not known`,
        "give shapes to the graph's inputs before differentiating",
      );
    return shape;
  }

  wanted(i: number): boolean {
    return this.#wanted.has(this.node.inputs[i] ?? "");
  }

  attribute(name: string): Attribute | undefined {
    return this.node.attributes[name];
  }

  elements(i: number): DimTensor | undefined {
    return this.#inferred.context.elements(i);
  }

  fixed(i: number): boolean {
    return this.#inferred.context.fixed(i);
  }

  fresh(what: string): Dim {
    return this.#inferred.context.fresh(what);
  }
}
