/**
 * One walk over the graph that finds each value's type, with free dimensions kept symbolic, and
 * the constants of its shape arithmetic.
 */
import { UserError } from "../base/errors.ts";
import { bindShape, canonicalDim, symbolsOf } from "../graph/dim.ts";
import type { Attribute, Dim, Graph, Node, ValueType } from "../graph/types.ts";
import { reconcile } from "./declared.ts";
import { dimTensorOf } from "./elements.ts";
import { operatorFor } from "./index.ts";
import type { DimTensor, OpContext, Operator } from "./types.ts";

/** A node after shape inference. */
export interface InferredNode {
  readonly node: Node;
  readonly context: NodeContext;
  /** Undefined where the node is a gap. */
  readonly operator: Operator | undefined;
  readonly outputs: readonly ValueType[];
  readonly folded: boolean;
  /** Why nothing more is known of the node. */
  readonly gap: string | undefined;
}

export interface Inference {
  readonly nodes: readonly InferredNode[];
  readonly types: ReadonlyMap<string, ValueType>;
  /** Values whose elements were folded, or are short constants that a rule has asked for. */
  readonly constants: ReadonlyMap<string, DimTensor | undefined>;
  /** Dimensions that only the data decides, by symbol: the node that makes them. */
  readonly dataDependent: ReadonlyMap<string, Node>;
}

/** What a rule may look at, for one node of the walk. */
export class NodeContext implements OpContext {
  readonly node: Node;
  readonly opset: number;
  readonly inputs: readonly (ValueType | undefined)[];
  readonly #walk: Walk;

  constructor(node: Node, opset: number, inputs: readonly (ValueType | undefined)[], walk: Walk) {
    this.node = node;
    this.opset = opset;
    this.inputs = inputs;
    this.#walk = walk;
  }

  elements(i: number): DimTensor | undefined {
    const name = this.node.inputs[i];
    return name === undefined ? undefined : this.#walk.elements(name);
  }

  fixed(i: number): boolean {
    const name = this.node.inputs[i];
    return name !== undefined && this.#walk.isFixed(name);
  }

  attribute(name: string): Attribute | undefined {
    return this.node.attributes[name];
  }

  fresh(what: string): Dim {
    return this.#walk.fresh(this.node, what);
  }
}

/**
 * @param bind numbers for free dimensions; they are no longer free in the types
 * @throws UserError where shapes contradict each other, naming the node and both values
 */
export function inferGraph(graph: Graph, bind: Readonly<Record<string, number>>): Inference {
  return new Walk(graph, bind).run();
}

class Walk {
  readonly #graph: Graph;
  readonly #bind: Readonly<Record<string, number>>;
  readonly #types = new Map<string, ValueType>();
  readonly #elements = new Map<string, DimTensor | undefined>();
  readonly #fixed = new Set<string>();
  readonly #dataDependent = new Map<string, Node>();
  readonly #outputs = new Map<string, ValueType>();

  constructor(graph: Graph, bind: Readonly<Record<string, number>>) {
    this.#graph = graph;
    this.#bind = bind;
    for (const v of graph.outputs) this.#outputs.set(v.name, v);
  }

  run(): Inference {
    for (const v of this.#graph.inputs) {
      const type = this.#bound(v);
      checkSize(`graph input ${v.name}`, type);
      this.#types.set(v.name, type);
    }
    const nodes = this.#graph.nodes.map((node) => this.#infer(node));
    return {
      nodes,
      types: this.#types,
      constants: this.#elements,
      dataDependent: this.#dataDependent,
    };
  }

  #bound(type: ValueType): ValueType {
    const shape = type.shape && bindShape(type.shape.map(canonicalDim), this.#bind);
    return { dtype: type.dtype, shape };
  }

  #typeOf(name: string, node: Node): ValueType {
    const known = this.#types.get(name);
    if (known) return known;
    const tensor = this.#graph.initializers.get(name);
    if (!tensor)
      throw new UserError(
        `${node.name} (${node.op}): input ${name} is no graph input, no initializer and no earlier node's output`,
        { hint: "export the model again; a node or an initializer is missing or out of order" },
      );
    const type = { dtype: tensor.dtype, shape: tensor.dims };
    this.#types.set(name, type);
    return type;
  }

  #infer(node: Node): InferredNode {
    const inputs = node.inputs.map((n) => (n === "" ? undefined : this.#typeOf(n, node)));
    const operator = operatorFor(node.domain, node.op);
    const context = new NodeContext(node, this.#opset(node.domain), inputs, this);
    const gap = operator ? this.#unknownInput(node, inputs) : unknownOperator(node);
    if (operator === undefined || gap !== undefined) {
      const outputs = node.outputs.map((name) => this.#declared(name) ?? opaque(inputs));
      this.#record(node, outputs);
      return { node, context, operator: undefined, outputs, folded: false, gap };
    }
    if (node.outputs.length === 0)
      throw new UserError(`${node.name} (${node.op}): has no outputs, the operator gives some`, {
        hint: "export the model again; the node does nothing",
      });
    const inferred = named(node, () => operator.infer(context));
    const outputs = node.outputs.map((name, i) => this.#settle(node, name, inferred[i]));
    this.#record(node, outputs);
    const values = operator.fold && named(node, () => operator.fold!(context));
    if (values)
      for (let i = 0; i < node.outputs.length; i++)
        if (values[i] && node.outputs[i] !== "") this.#elements.set(node.outputs[i]!, values[i]);
    // Control flow reads more than its inputs, and what is not counted is never known beforehand.
    const known = operator.gap === undefined && this.#allFixed(node);
    const folded = values !== undefined || operator.fixed === true || known;
    if (folded) for (const name of node.outputs) this.#fixed.add(name);
    const unknown = outputs.some((t, i) => t.shape === undefined && node.outputs[i] !== "");
    return {
      node,
      context,
      operator,
      outputs,
      folded,
      gap: operator.gap ?? (unknown ? "the output's shape depends on the data" : undefined),
    };
  }

  #opset(domain: string): number {
    const { opsets } = this.#graph;
    if (domain !== "" && domain !== "ai.onnx") return opsets.get(domain) ?? 1;
    return opsets.get("") ?? opsets.get("ai.onnx") ?? 1;
  }

  #declared(name: string): ValueType | undefined {
    const type = this.#outputs.get(name) ?? this.#graph.declared.get(name);
    return type?.shape === undefined ? undefined : this.#bound(type);
  }

  #settle(node: Node, name: string, inferred: ValueType | undefined): ValueType {
    const declared = this.#declared(name);
    if (inferred === undefined) {
      if (name === "") return { dtype: "float32", shape: [] };
      throw new UserError(
        `${node.name} (${node.op}): has ${node.outputs.length} outputs, one more than the operator gives: ${name}`,
      );
    }
    if (declared === undefined) return inferred;
    return reconcile(node, name, inferred, declared, (d) => this.#dataDependent.has(d));
  }

  #record(node: Node, outputs: readonly ValueType[]): void {
    for (let i = 0; i < node.outputs.length; i++) {
      const name = node.outputs[i]!;
      if (name === "") continue;
      checkSize(`${node.name} (${node.op})`, outputs[i]!);
      this.#types.set(name, outputs[i]!);
    }
  }

  #allFixed(node: Node): boolean {
    let any = false;
    for (const name of node.inputs) {
      if (name === "") continue;
      if (!this.isFixed(name)) return false;
      any = true;
    }
    return any;
  }

  #unknownInput(node: Node, inputs: readonly (ValueType | undefined)[]): string | undefined {
    const i = inputs.findIndex((t) => t !== undefined && t.shape === undefined);
    if (i < 0) return undefined;
    const name = node.inputs[i]!;
    return this.#graph.inputs.some((v) => v.name === name)
      ? `graph input ${name} has no declared shape`
      : "an input's shape is not known, after another gap";
  }

  isFixed(name: string): boolean {
    return this.#fixed.has(name) || this.#graph.initializers.has(name);
  }

  elements(name: string): DimTensor | undefined {
    if (this.#elements.has(name)) return this.#elements.get(name);
    const tensor = this.#graph.initializers.get(name);
    if (!tensor) return undefined;
    const e = dimTensorOf(tensor);
    this.#elements.set(name, e);
    return e;
  }

  fresh(node: Node, what: string): Dim {
    const base = `${node.name}_${what}`.replace(/[^\p{L}\p{N}_]/gu, "_");
    const name = /^\p{N}/u.test(base) ? `_${base}` : base;
    this.#dataDependent.set(name, node);
    return canonicalDim(name);
  }
}

function unknownOperator(node: Node): string {
  return node.domain === "" || node.domain === "ai.onnx"
    ? "operator not known"
    : `operator of domain ${node.domain} not known`;
}

/** What a rule throws without knowing its node, such as an expression that grows too large, gets its name. */
function named<T>(node: Node, rule: () => T): T {
  try {
    return rule();
  } catch (error) {
    const where = `${node.name} (${node.op}): `;
    if (!(error instanceof UserError) || error.message.startsWith(where)) throw error;
    throw new UserError(where + error.message, {
      ...(error.hint !== undefined && { hint: error.hint }),
      cause: error,
    });
  }
}

/** Elements are counted exactly below 2^53; no machine holds as many. */
function checkSize(where: string, { shape }: ValueType): void {
  let count = 1;
  for (const d of shape ?? []) {
    if (typeof d !== "number") continue;
    if (d < 0)
      throw new UserError(`${where}: shape [${shape!.join(",")}] holds the negative size ${d}`, {
        hint: "check the attributes and shapes that lead here",
      });
    count *= d;
  }
  if (count > Number.MAX_SAFE_INTEGER)
    throw new UserError(
      `${where}: shape [${shape!.join(",")}] has ${count.toPrecision(3)} elements, more than 2^53`,
      { hint: "check the sizes; no memory holds such a tensor" },
    );
}

/** All that can be said of the output of an unknown operator. */
function opaque(inputs: readonly (ValueType | undefined)[]): ValueType {
  return { dtype: inputs.find((t) => t)?.dtype ?? "float32", shape: undefined };
}

/** Free symbols of a type, each once. */
export function freeSymbols(type: ValueType, into: Set<string>): void {
  for (const d of type.shape ?? []) for (const s of symbolsOf(d)) into.add(s);
}
