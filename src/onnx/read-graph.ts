/** GraphProto to graphs; calls of functions that the model defines are replaced by their bodies. */
import { isFieldSet } from "@bufbuild/protobuf";
import { UserError } from "../base/errors.ts";
import { topologicalOrder } from "../graph/order.ts";
import type { Attribute, Graph, Node, Tensor, Value, ValueType } from "../graph/types.ts";
import type { ReadContext } from "./context.ts";
import {
  type AttributeProto,
  AttributeProtoSchema,
  type FunctionProto,
  type GraphProto,
  type NodeProto,
} from "./generated/onnx_pb.ts";
import { readAttribute } from "./read-attribute.ts";
import { readSparseTensor, readTensor } from "./read-tensor.ts";
import { readValue } from "./read-value.ts";

/**
 * Functions that call functions can grow a small file without end: at most so many nodes, inputs,
 * outputs, and characters of invented names may come of them.
 */
const MAX_EXPANSION = 32_000_000;

/** How names and attribute references are read: as they stand, or as a function's call binds them. */
interface Scope {
  name(value: string): string;
  /** Attributes of the function's call, by parameter; undefined outside of functions. */
  readonly bound: ReadonlyMap<string, Attribute> | undefined;
  readonly calls: readonly string[];
}

export class GraphReader {
  readonly #context: ReadContext;
  readonly #functions: ReadonlyMap<string, FunctionProto>;
  readonly #opsets: ReadonlyMap<string, number>;
  /** All value names of the file, so that invented ones are new. */
  readonly #taken: Set<string>;
  /** Attributes without subgraphs, which are the same in every call of a function. */
  readonly #attributesRead = new WeakMap<AttributeProto, Attribute>();
  #expansion = 0;

  constructor(
    context: ReadContext,
    functions: ReadonlyMap<string, FunctionProto>,
    opsets: ReadonlyMap<string, number>,
  ) {
    this.#context = context;
    this.#functions = functions;
    this.#opsets = opsets;
    this.#taken = new Set();
  }

  /** The main graph. */
  read(proto: GraphProto, metadata: Readonly<Record<string, string>>): Graph {
    if (this.#functions.size > 0) collectNames(proto, this.#taken);
    const scope: Scope = { name: (value) => value, bound: undefined, calls: [] };
    return { ...this.#graph(proto, scope), metadata };
  }

  #graph(proto: GraphProto, scope: Scope): Graph {
    const context = this.#context;
    const initializers = this.#initializers(proto, scope);
    const value = (v: (typeof proto.input)[number], what: string): Value => {
      if (v.name === "")
        throw new UserError(`${context.name}: ${what} of graph ${proto.name} has no name`, {
          hint: "the file is damaged: export the model again",
        });
      return readValue(v, scope.name(v.name), context);
    };
    const inputs = proto.input.map((v, i) => value(v, `input ${i}`));
    const outputs = proto.output.map((v, i) => value(v, `output ${i}`));
    const declared = new Map<string, ValueType>();
    for (const info of proto.valueInfo) {
      if (info.name === "") continue;
      const { name, dtype, shape, otherType } = readValue(info, scope.name(info.name), context);
      if (otherType === undefined) declared.set(name, { dtype, shape });
    }
    const nodes: Node[] = [];
    this.#readNodes(proto.node, scope, new NodeNames(proto.node, context), "", nodes);
    return {
      name: proto.name,
      nodes: topologicalOrder(nodes),
      // Before IR version 4 every initializer was listed as an input too.
      inputs: inputs.filter((v) => !initializers.has(v.name)),
      outputs,
      initializers,
      declared,
      opsets: this.#opsets,
      metadata: {},
    };
  }

  #initializers(proto: GraphProto, scope: Scope): ReadonlyMap<string, Tensor> {
    const out = new Map<string, Tensor>();
    const add = (name: string, read: (label: string) => Tensor, index: number) => {
      if (name === "")
        throw new UserError(
          `${this.#context.name}: initializer ${index} of graph ${proto.name} has no name`,
          { hint: "the file is damaged: export the model again" },
        );
      const own = scope.name(name);
      if (out.has(own))
        throw new UserError(`${this.#context.name}: two initializers are named ${name}`, {
          hint: "give each value a name of its own",
        });
      out.set(own, read(`initializer ${name}`));
    };
    proto.initializer.forEach((t, i) => {
      add(t.name, (label) => readTensor(t, this.#context, label), i);
    });
    proto.sparseInitializer.forEach((s, i) => {
      add(s.values?.name ?? "", (label) => readSparseTensor(s, this.#context, label), i);
    });
    return out;
  }

  #readNodes(
    protos: readonly NodeProto[],
    scope: Scope,
    names: NodeNames,
    prefix: string,
    out: Node[],
  ): void {
    protos.forEach((proto, i) => {
      const name = names.of(proto, i, prefix);
      if (scope.calls.length > 0)
        this.#expand(name.length + proto.input.length + proto.output.length, name);
      if (proto.opType === "")
        throw new UserError(`${this.#context.name}: node ${name} has no operator`, {
          hint: "the file is damaged: export the model again",
        });
      const domain = plainDomain(proto.domain);
      const owner = `${name} (${proto.opType})`;
      const attributes = this.#attributes(proto.attribute, scope, owner);
      const inputs = proto.input.map((v) => (v === "" ? "" : scope.name(v)));
      const outputs = proto.output.map((v) => (v === "" ? "" : scope.name(v)));
      const called = this.#functions.get(functionKey(domain, proto.opType, proto.overload));
      if (called === undefined) {
        out.push({
          name,
          op: proto.opType,
          domain,
          inputs,
          outputs,
          attributes: Object.fromEntries(attributes),
        });
        return;
      }
      const inner = this.#call(called, { name, owner, inputs, outputs, attributes }, scope);
      this.#readNodes(called.node, inner, names, `${name}/`, out);
    });
  }

  #attributes(
    protos: readonly AttributeProto[],
    scope: Scope,
    owner: string,
  ): Map<string, Attribute> {
    const out = new Map<string, Attribute>();
    for (const proto of protos) {
      if (proto.name === "" || out.has(proto.name))
        throw new UserError(
          `${this.#context.name}: ${owner} has ${proto.name === "" ? "an attribute without a name" : `attribute ${proto.name} twice`}`,
          { hint: "the file is damaged: export the model again" },
        );
      if (proto.refAttrName === "") {
        let value = this.#attributesRead.get(proto);
        if (value === undefined) {
          const readGraph = (g: GraphProto) => this.#graph(g, scope);
          value = readAttribute(proto, this.#context, owner, readGraph);
          if (value.kind !== "graph" && value.kind !== "graphs")
            this.#attributesRead.set(proto, value);
        }
        out.set(proto.name, value);
        continue;
      }
      if (scope.bound === undefined)
        throw new UserError(
          `${this.#context.name}: ${owner}: attribute ${proto.name} refers to a function's ${proto.refAttrName}, but stands outside of functions`,
          { hint: "the file is damaged: export the model again" },
        );
      // A reference to an attribute that the call does not give leaves the attribute out.
      const value = scope.bound.get(proto.refAttrName);
      if (value !== undefined) out.set(proto.name, value);
    }
    return out;
  }

  #expand(by: number, at: string): void {
    this.#expansion += by;
    if (this.#expansion > MAX_EXPANSION)
      throw new UserError(
        `${this.#context.name}: the model's functions call one another too often: at ${at} they have grown to more than ${MAX_EXPANSION} names`,
        { hint: "export the model without functions" },
      );
  }

  /** The scope of a function's body for one call of it. */
  #call(
    called: FunctionProto,
    call: {
      readonly name: string;
      readonly owner: string;
      readonly inputs: readonly string[];
      readonly outputs: readonly string[];
      readonly attributes: ReadonlyMap<string, Attribute>;
    },
    scope: Scope,
  ): Scope {
    const key = functionKey(plainDomain(called.domain), called.name, called.overload);
    const at = `${this.#context.name}: ${call.owner}`;
    if (scope.calls.includes(key))
      throw new UserError(`${at} calls itself: ${[...scope.calls, key].join(" -> ")}`, {
        hint: "functions in ONNX must not be recursive",
      });
    for (const [what, given, formal] of [
      ["inputs", call.inputs, called.input],
      ["outputs", call.outputs, called.output],
    ] as const)
      if (given.length > formal.length)
        throw new UserError(`${at} has ${given.length} ${what}, its function ${formal.length}`, {
          hint: "the file is damaged: export the model again",
        });
    const bound = new Map<string, Attribute>();
    const defaults: Scope = { name: (v) => v, bound: undefined, calls: [] };
    for (const [name, value] of this.#attributes(called.attributeProto, defaults, call.owner))
      bound.set(name, value);
    for (const [name, value] of call.attributes) bound.set(name, value);

    const names = new Map<string, string>();
    called.input.forEach((formal, i) => {
      names.set(formal, call.inputs[i] ?? "");
    });
    called.output.forEach((formal, i) => {
      const actual = call.outputs[i] ?? "";
      // An output that passes an input through cannot have two names.
      if (names.has(formal) && actual !== "")
        throw new UserError(`${at}: its function returns its input ${formal} unchanged`, {
          hint: "put an Identity between the function's input and output",
        });
      if (actual !== "") names.set(formal, actual);
    });
    return {
      bound,
      calls: [...scope.calls, key],
      name: (value) => {
        let own = names.get(value);
        if (own === undefined) {
          own = `${call.name}/${value}`;
          while (this.#taken.has(own)) own += "_";
          this.#expand(own.length, call.name);
          this.#taken.add(own);
          names.set(value, own);
        }
        return own;
      },
    };
  }
}

/** Names of one graph's nodes: the file's where they are unique, else invented. */
class NodeNames {
  readonly #taken: Set<string>;
  readonly #explicit = new Set<string>();
  /** Last number given to names of one kind. */
  readonly #numbers = new Map<string, number>();
  readonly #context: ReadContext;

  constructor(protos: readonly NodeProto[], context: ReadContext) {
    this.#taken = new Set(protos.map((p) => p.name));
    this.#context = context;
  }

  of(proto: NodeProto, index: number, prefix: string): string {
    if (proto.name !== "" && prefix === "" && !this.#explicit.has(proto.name)) {
      this.#explicit.add(proto.name);
      return proto.name;
    }
    const wanted = prefix + (proto.name === "" ? `${proto.opType}_${index}` : proto.name);
    let name = wanted;
    let number = this.#numbers.get(wanted) ?? 1;
    while (this.#taken.has(name)) name = `${wanted}_${++number}`;
    this.#numbers.set(wanted, number);
    if (proto.name !== "" && prefix === "")
      this.#context.warn(`two nodes are named ${proto.name}; the second is now ${name}`);
    this.#taken.add(name);
    return name;
  }
}

export function functionKey(domain: string, name: string, overload: string): string {
  return `${domain}::${name}${overload === "" ? "" : `:${overload}`}`;
}

/** `ai.onnx` is the long name of ONNX's own domain. */
export function plainDomain(domain: string): string {
  return domain === "ai.onnx" ? "" : domain;
}

function collectNames(proto: GraphProto, into: Set<string>): void {
  for (const { name } of proto.input) into.add(name);
  for (const { name } of proto.initializer) into.add(name);
  for (const { values } of proto.sparseInitializer) into.add(values?.name ?? "");
  for (const node of proto.node) {
    for (const name of node.output) into.add(name);
    for (const attribute of node.attribute) {
      if (isFieldSet(attribute, AttributeProtoSchema.field.g)) collectNames(attribute.g!, into);
      for (const graph of attribute.graphs) collectNames(graph, into);
    }
  }
}
