/** Reverse-mode differentiation: a graph with the nodes added that compute gradients of a loss. */
import { checkGraph } from "../../graph/check.ts";
import { isStatic } from "../../graph/dim.ts";
import { elementCount, tensorOf } from "../../graph/tensor.ts";
import type { Graph, ValueType } from "../../graph/types.ts";
import { inferGraph } from "../inference.ts";
import type { GradientBuilder } from "./builder.ts";
import { checkLoss, checkParameters, checkPath, checkStops } from "./checks.ts";
import { emitForward, type Forward } from "./forward.ts";
import { raiseOpset } from "./opset.ts";
import { gradientPath } from "./path.ts";
import { GradientSums } from "./sums.ts";
import { gradientOf } from "./table.ts";
import type { Gradients } from "./types.ts";

export { differentiable } from "./table.ts";
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
 * @param options.stop values that count as constants: what they are computed from gets no gradient
 *   through them, and a parameter among them is `unreachable`. A straight-through estimator is
 *   `soft + (hard - soft)` with the bracket stopped (Bengio et al. 2013)
 * @throws UserError for unknown names, for operators on the way that have no gradient (all of them
 *   in one message), and where the loss depends on no parameter at all
 */
export function gradients(
  graph: Graph,
  loss: string,
  parameters: readonly string[],
  { stop = [] }: { readonly stop?: readonly string[] } = {},
): Gradients {
  checkGraph(graph);
  const raised = raiseOpset(graph);
  const inference = inferGraph(raised, {});
  const types = new Map(inference.types);
  for (const [name, { dtype, dims }] of raised.initializers)
    if (!types.has(name)) types.set(name, { dtype, shape: dims });
  checkLoss(loss, types);
  checkParameters(parameters, types);
  checkStops(stop, types);
  const path = gradientPath(raised, { loss, parameters, stop }, types);
  checkPath(path, loss, parameters);

  const forward = emitForward(raised, inference, path, types);
  const { builder, contexts } = forward;
  const sums = new GradientSums(builder);
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
  return finish(raised, forward, sums, loss, parameters, types);
}

/** The sums by the parameters as outputs, zeros where there are none. */
function finish(
  graph: Graph,
  { builder, stateUpdates }: Forward,
  sums: GradientSums,
  loss: string,
  parameters: readonly string[],
  types: ReadonlyMap<string, ValueType>,
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

function zeros(builder: GradientBuilder, parameter: string, { dtype, shape }: ValueType): string {
  const dims =
    shape !== undefined && isStatic(shape)
      ? builder.constant(tensorOf("int64", [shape.length], shape))
      : builder.add("Shape", [parameter]);
  return builder.add("ConstantOfShape", [dims], {
    value: { kind: "tensor", value: tensorOf(dtype as "float32", [1], [0]) },
  });
}
