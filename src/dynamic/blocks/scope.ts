/** Where nodes are added: the graph itself, or a branch of an If, which sees the graph's values. */
import { GraphBuilder } from "../../graph/builder.ts";
import type { Attribute, DType, Graph, Node, Shape, Tensor } from "../../graph/types.ts";

export interface Scope {
  /** Adds a node with one output; the names of node and output are made up where none is given. */
  add(
    op: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, Attribute>>,
    output?: string,
  ): string;
  /** A constant of the scope, once for each name. */
  constant(name: string, tensor: Tensor): string;
  /** Declares the shape of a value, so that sizes that depend on data are known to be equal. */
  declare(value: string, shape: Shape, dtype?: DType): void;
}

/** Names of one region: `conv2/blocks/Gather_3`. */
class Names {
  readonly #prefix: string;
  #count = 0;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  next(op: string): string {
    return `${this.#prefix}/${op}_${this.#count++}`;
  }
}

export class GraphScope implements Scope {
  readonly #builder: GraphBuilder;
  readonly #names: Names;

  constructor(builder: GraphBuilder, prefix: string) {
    this.#builder = builder;
    this.#names = new Names(prefix);
  }

  add(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    output?: string,
  ): string {
    const name = this.#names.next(op);
    return this.#builder.add(op, inputs, attributes, {
      name,
      outputs: [output ?? `${name}:0`],
    });
  }

  constant(name: string, tensor: Tensor): string {
    return this.#builder.has(name) ? name : this.#builder.initializer(name, tensor);
  }

  declare(value: string, shape: Shape, dtype: DType = "float32"): void {
    this.#builder.declare(value, shape, dtype);
  }
}

/** The body of a branch. Its constants are its own: ONNX Runtime lays out the weights of a body only. */
export class BranchScope implements Scope {
  readonly #nodes: Node[] = [];
  readonly #constants = new Map<string, Tensor>();
  readonly #declared = new Map<string, { dtype: DType; shape: Shape }>();
  readonly #prefix: string;
  readonly #names: Names;

  constructor(prefix: string) {
    this.#prefix = prefix;
    this.#names = new Names(prefix);
  }

  add(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    output?: string,
  ): string {
    const name = this.#names.next(op);
    const out = output ?? `${name}:0`;
    this.#nodes.push({ name, op, domain: "", inputs: [...inputs], outputs: [out], attributes });
    return out;
  }

  constant(name: string, tensor: Tensor): string {
    const own = `${this.#prefix}/${name}`;
    this.#constants.set(own, tensor);
    return own;
  }

  declare(value: string, shape: Shape, dtype: DType = "float32"): void {
    this.#declared.set(value, { dtype, shape });
  }

  /** The branch, which gives `output`. */
  finish(output: string): Graph {
    return {
      ...new GraphBuilder({ name: this.#prefix }).build(),
      nodes: this.#nodes,
      outputs: [{ name: output, dtype: "float32", shape: undefined }],
      initializers: this.#constants,
      declared: this.#declared,
    };
  }
}
