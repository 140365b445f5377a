/** Builds a graph as code: add nodes in the order they run, each call returns value names. */
import { UserError } from "../base/errors.ts";
import { checkGraph } from "./check.ts";
import type { Attribute, DType, Graph, Node, Shape, Tensor, Value, ValueType } from "./types.ts";

/** Has LayerNormalization (17), reductions with axes as input (18), Gelu and GridSample (20). */
export const DEFAULT_OPSET = 20;

export interface NodeOptions {
  /** Default: the operator and a number, `Conv_17`. */
  readonly name?: string;
  /** Default: ONNX's own domain. */
  readonly domain?: string;
  /** Names of the outputs. Default: the node's name and `_out` (`_out1`, … for further ones). */
  readonly outputs?: readonly string[];
}

export interface BuilderOptions {
  readonly name?: string;
  /** Version of ONNX's own operator set; default `DEFAULT_OPSET`. */
  readonly opset?: number;
  /** Versions of other domains. */
  readonly opsets?: Readonly<Record<string, number>>;
  readonly metadata?: Readonly<Record<string, string>>;
}

export class GraphBuilder {
  readonly #options: BuilderOptions;
  readonly #nodes: Node[] = [];
  readonly #inputs: Value[] = [];
  readonly #outputs: Value[] = [];
  readonly #initializers = new Map<string, Tensor>();
  readonly #declared = new Map<string, ValueType>();
  readonly #values = new Set<string>();
  readonly #nodeNames = new Set<string>();

  constructor(options: BuilderOptions = {}) {
    this.#options = options;
  }

  /** An input of the graph, e.g. `input("input", ["batch", 3, 224, 224])`. */
  input(name: string, shape: Shape | undefined, dtype: DType = "float32"): string {
    this.#define(name, "input");
    this.#inputs.push({ name, dtype, shape });
    return name;
  }

  initializer(name: string, tensor: Tensor): string {
    this.#define(name, "initializer");
    this.#initializers.set(name, tensor);
    return name;
  }

  /**
   * Adds a node with one output and returns the output's name.
   *
   * @param inputs value names that exist already; "" for an absent optional input
   */
  add(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    options: NodeOptions = {},
  ): string {
    return this.addMany(op, inputs, options.outputs?.length ?? 1, attributes, options)[0]!;
  }

  /** Adds a node with `outputs` outputs and returns their names, e.g. for Split. */
  addMany(
    op: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Readonly<Record<string, Attribute>> = {},
    options: NodeOptions = {},
  ): readonly string[] {
    const name = options.name ?? this.#inventNodeName(op);
    if (this.#nodeNames.has(name))
      throw new UserError(`node ${name} (${op}): the name is taken by another node`, {
        hint: "give each node a name of its own",
      });
    for (const input of inputs)
      if (input !== "" && !this.#values.has(input))
        throw new UserError(`node ${name} (${op}): no value ${input} so far`, {
          hint: "add inputs, initializers and earlier nodes first",
        });
    const names =
      options.outputs ??
      Array.from({ length: outputs }, (_, i) => `${name}_out${i === 0 ? "" : i}`);
    if (names.length !== outputs)
      throw new UserError(
        `node ${name} (${op}): ${names.length} output names for ${outputs} outputs`,
      );
    for (const output of names) if (output !== "") this.#define(output, `output of ${name}`);
    this.#nodeNames.add(name);
    this.#nodes.push({
      name,
      op,
      domain: options.domain ?? "",
      inputs: [...inputs],
      outputs: [...names],
      attributes,
    });
    return names;
  }

  /** Declares the type of a value in between, as a file's `value_info` does. */
  declare(name: string, shape: Shape | undefined, dtype: DType = "float32"): void {
    this.#declared.set(name, { dtype, shape });
  }

  /** Of ONNX's own operators. */
  get opset(): number {
    return this.#options.opset ?? DEFAULT_OPSET;
  }

  /** Whether a value of that name exists so far: an input, an initializer or a node's output. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Makes a value an output of the graph. */
  output(name: string, shape?: Shape, dtype: DType = "float32"): string {
    this.#outputs.push({ name, dtype, shape });
    return name;
  }

  /** @throws UserError as `checkGraph` does, e.g. for an output that nothing computes */
  build(): Graph {
    const graph: Graph = {
      name: this.#options.name ?? "graph",
      nodes: [...this.#nodes],
      inputs: [...this.#inputs],
      outputs: [...this.#outputs],
      initializers: new Map(this.#initializers),
      declared: new Map(this.#declared),
      opsets: new Map([["", this.opset], ...Object.entries(this.#options.opsets ?? {})]),
      metadata: { ...this.#options.metadata },
    };
    checkGraph(graph);
    return graph;
  }

  #define(name: string, what: string): void {
    if (name === "")
      throw new UserError(`${what}: the empty name stands for an absent value`, {
        hint: "give the value a name",
      });
    if (this.#values.has(name))
      throw new UserError(`${what}: value ${name} exists already`, {
        hint: "give each value a name of its own",
      });
    this.#values.add(name);
  }

  #inventNodeName(op: string): string {
    let i = this.#nodes.length;
    while (this.#nodeNames.has(`${op}_${i}`)) i++;
    return `${op}_${i}`;
  }
}
