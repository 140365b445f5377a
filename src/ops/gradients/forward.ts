/** The forward graph again, in the builder that gradient nodes follow in. */
import { UserError } from "../../base/errors.ts";
import { nameMaker } from "../../graph/edit.ts";
import type { Graph, Node, ValueType } from "../../graph/types.ts";
import type { Inference } from "../inference.ts";
import { GradientBuilder } from "./builder.ts";
import { NodeGradientContext } from "./context.ts";
import type { GradientPath } from "./path.ts";
import { gradientOf } from "./table.ts";

export interface Forward {
  readonly builder: GradientBuilder;
  /** Of the nodes on the path. */
  readonly contexts: ReadonlyMap<Node, NodeGradientContext>;
  readonly stateUpdates: ReadonlyMap<string, string>;
}

/** Nodes on the path are emitted so that they leave what their rules read. */
export function emitForward(
  graph: Graph,
  inference: Inference,
  path: GradientPath,
  types: ReadonlyMap<string, ValueType>,
): Forward {
  const builder = new GradientBuilder(builderOptions(graph), nameMaker(graph));
  const contexts = new Map<Node, NodeGradientContext>();
  const stateUpdates = new Map<string, string>();
  for (const value of graph.inputs) builder.input(value.name, value.shape, value.dtype);
  for (const [name, tensor] of graph.initializers) builder.initializer(name, tensor);
  for (const [name, type] of graph.declared) builder.declare(name, type.shape, type.dtype);
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
  return { builder, contexts, stateUpdates };
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
