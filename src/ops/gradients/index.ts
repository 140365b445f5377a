/** Reverse-mode differentiation: a graph with the nodes added that compute gradients of a loss. */
import { UserError } from "../../base/errors.ts";
import { suggest } from "../../base/suggest.ts";
import { checkGraph } from "../../graph/check.ts";
import { isStatic } from "../../graph/dim.ts";
import { nameMaker } from "../../graph/edit.ts";
import { elementCount, tensorOf } from "../../graph/tensor.ts";
import type { DType, Graph, Node, ValueType } from "../../graph/types.ts";
import { shapeText } from "../context.ts";
import { isFloat } from "../elements.ts";
import { inferGraph } from "../inference.ts";
import { GradientBuilder } from "./builder.ts";
import { NodeGradientContext } from "./context.ts";
import { raiseOpset } from "./opset.ts";
import { type GradientPath, gradientPath } from "./path.ts";
import { gradientOf } from "./table.ts";
import type { Gradients } from "./types.ts";

export type { Gradient, GradientContext, GradientRule, Gradients } from "./types.ts";

/**
 * Adds nodes that compute d loss / d parameter, in ONNX operators only.
 *
 * A parameter that the loss does not depend on has a gradient of zeros and is named in
 * `unreachable`, so that an optimiser needs no second case. Where several subgradients exist, ReLU
 * and its kin take 0 at the kink, a pool the one element that its index names, and Max, Min and
 * their reductions share between equal elements.
 *
 * @param loss a floating-point value of one element
 * @param parameters initializers, graph inputs or values in between, of floating-point type
 * @throws UserError for unknown names, for operators on the way that have no gradient (all of them
 *   in one message), and where the loss depends on no parameter at all
 */
export function gradients(graph: Graph, loss: string, parameters: readonly string[]): Gradients {
  checkGraph(graph);
  const raised = raiseOpset(graph);
  const inference = inferGraph(raised, {});
  const types = new Map(inference.types);
  for (const [name, { dtype, dims }] of raised.initializers)
    if (!types.has(name)) types.set(name, { dtype, shape: dims });
  checkLoss(loss, types);
  checkParameters(parameters, types);
  const path = gradientPath(raised, loss, parameters, types);
  if (!parameters.some((p) => path.values.has(p)))
    throw new UserError(
      `loss ${loss} depends on none of the ${parameters.length} parameters: ${some(parameters)}`,
      { hint: "check the names, and that no integer or constant value cuts the way" },
    );
  checkRules(path);

  const builder = new GradientBuilder(builderOptions(raised), nameMaker(raised));
  const sums = new GradientSums(builder);
  const contexts = new Map<Node, NodeGradientContext>();
  const stateUpdates = new Map<string, string>();
  for (const value of raised.inputs) builder.input(value.name, value.shape, value.dtype);
  for (const [name, tensor] of raised.initializers) builder.initializer(name, tensor);
  for (const [name, type] of raised.declared) builder.declare(name, type.shape, type.dtype);
  const onPath = new Set(path.nodes);
  for (const inferred of inference.nodes) {
    const { node } = inferred;
    const context = new NodeGradientContext(inferred, builder, types, path.values);
    if (onPath.has(node)) contexts.set(node, context);
    builder.scope = node.name;
    const { forward, updates } = gradientOf(node) ?? {};
    const kept = onPath.has(node) || updates ? forward?.(context) : undefined;
    if (kept === undefined) replay(builder, node);
    else context.saved = kept;
    for (const [state, update] of Object.entries(updates?.(context) ?? {})) {
      if (stateUpdates.has(state))
        throw new UserError(`${node.name} (${node.op}): state ${state} is updated twice`, {
          hint: "give each node statistics of its own",
        });
      stateUpdates.set(state, update);
    }
  }

  const { dtype, shape } = types.get(loss)!;
  const count = elementCount(shape as readonly number[]);
  const ones = tensorOf(
    dtype as "float32",
    shape as readonly number[],
    Array.from({ length: count }, () => 1),
  );
  sums.add(loss, builder.constant(ones));
  for (const node of path.nodes.toReversed()) {
    const outputs = node.outputs.map((output) => sums.total(output) ?? "");
    if (outputs.every((g) => g === "")) continue;
    const context = contexts.get(node)!;
    builder.scope = `${node.name}/grad`;
    const contributions = gradientOf(node)!.backward(context, outputs);
    node.inputs.forEach((input, i) => {
      const g = contributions[i];
      if (g !== undefined && g !== "" && context.wanted(i)) sums.add(input, g);
    });
  }
  return finish(raised, builder, sums, loss, parameters, types, stateUpdates);
}

function finish(
  graph: Graph,
  builder: GradientBuilder,
  sums: GradientSums,
  loss: string,
  parameters: readonly string[],
  types: ReadonlyMap<string, ValueType>,
  stateUpdates: ReadonlyMap<string, string>,
): Gradients {
  const gradients = new Map<string, string>();
  const unreachable: string[] = [];
  for (const parameter of new Set(parameters)) {
    builder.scope = `${parameter}/grad`;
    const type = types.get(parameter)!;
    const total = sums.total(parameter);
    if (total === undefined) unreachable.push(parameter);
    gradients.set(parameter, total ?? zeros(builder, parameter, type));
  }
  const outputs = new Set<string>();
  const output = (name: string, { shape, dtype }: ValueType) => {
    if (outputs.has(name)) return;
    outputs.add(name);
    builder.output(name, shape, dtype);
  };
  for (const value of graph.outputs) output(value.name, value);
  output(loss, types.get(loss)!);
  for (const [parameter, g] of gradients) output(g, types.get(parameter)!);
  for (const [state, update] of stateUpdates) output(update, types.get(state)!);
  return { graph: builder.build(), gradients, unreachable, stateUpdates };
}

/** The gradients that a value has from its readers. */
class GradientSums {
  readonly #builder: GradientBuilder;
  readonly #parts = new Map<string, string[]>();

  constructor(builder: GradientBuilder) {
    this.#builder = builder;
  }

  add(value: string, g: string): void {
    const parts = this.#parts.get(value);
    if (parts) parts.push(g);
    else this.#parts.set(value, [g]);
  }

  /** Their sum; undefined where there are none. Asked for when every reader has added its own. */
  total(value: string): string | undefined {
    const parts = this.#parts.get(value);
    if (parts === undefined) return undefined;
    if (parts.length === 1) return parts[0];
    this.#builder.scope = `${value}/grad`;
    const sum = this.#builder.add(parts.length === 2 ? "Add" : "Sum", parts);
    this.#parts.set(value, [sum]);
    return sum;
  }
}

function zeros(builder: GradientBuilder, parameter: string, { dtype, shape }: ValueType): string {
  const dims =
    shape !== undefined && isStatic(shape)
      ? builder.constant(tensorOf("int64", [shape.length], shape))
      : builder.add("Shape", [parameter]);
  return builder.add("ConstantOfShape", [dims], {
    value: { kind: "tensor", value: tensorOf(dtype as "float32", [1], [0]) },
  });
}

function replay(builder: GradientBuilder, node: Node): void {
  const { name, domain, outputs } = node;
  builder.addMany(node.op, node.inputs, outputs.length, node.attributes, { name, domain, outputs });
}

function builderOptions(graph: Graph) {
  const { "": opset, "ai.onnx": other, ...opsets } = Object.fromEntries(graph.opsets);
  const version = opset ?? other;
  return {
    name: graph.name,
    metadata: graph.metadata,
    opsets,
    ...(version === undefined ? {} : { opset: version }),
  };
}

function checkLoss(loss: string, types: ReadonlyMap<string, ValueType>): void {
  const type = types.get(loss);
  if (type === undefined) throw unknown("loss", loss, types);
  if (!isDifferentiable(type.dtype))
    throw new UserError(`loss ${loss} is of ${type.dtype}, expected a floating-point type`);
  if (type.shape?.every((d) => d === 1) !== true)
    throw new UserError(`loss ${loss} is ${shapeText(type.shape)}, expected one element`, {
      hint: "reduce it to a scalar, e.g. by ReduceMean",
    });
}

function checkParameters(
  parameters: readonly string[],
  types: ReadonlyMap<string, ValueType>,
): void {
  if (parameters.length === 0)
    throw new UserError("no parameters are given to differentiate by", {
      hint: "name initializers, graph inputs or values of the graph",
    });
  for (const parameter of parameters) {
    const type = types.get(parameter);
    if (type === undefined) throw unknown("parameter", parameter, types);
    if (!isDifferentiable(type.dtype))
      throw new UserError(
        `parameter ${parameter} is of ${type.dtype}, expected a floating-point type`,
      );
  }
}

function isDifferentiable(dtype: DType): boolean {
  return isFloat(dtype) && !dtype.startsWith("complex");
}

function unknown(what: string, name: string, types: ReadonlyMap<string, ValueType>): UserError {
  const meant = suggest(name, types.keys());
  return new UserError(`${what} ${name} is no value of the graph`, {
    hint: meant === undefined ? "name a value of the graph" : `did you mean ${meant}?`,
  });
}

/** @throws UserError that names every operator without a rule and its nodes */
function checkRules(path: GradientPath): void {
  const missing = new Map<string, string[]>();
  for (const node of path.nodes) {
    if (gradientOf(node) !== undefined) continue;
    const op = node.domain === "" ? node.op : `${node.domain}.${node.op}`;
    missing.set(op, [...(missing.get(op) ?? []), node.name]);
  }
  if (missing.size === 0) return;
  const text = [...missing].map(([op, nodes]) => `${op} (${some(nodes)})`).join(", ");
  throw new UserError(
    `no gradient is known for ${missing.size} ${missing.size === 1 ? "operator" : "operators"} between parameters and loss: ${text}`,
    { hint: "replace these nodes, or leave out the parameters before them" },
  );
}

/** The first few names, and how many more there are. */
function some(names: readonly string[]): string {
  const most = 8;
  if (names.length <= most) return names.join(", ");
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}
