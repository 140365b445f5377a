/** Activations, and those that change nothing when they come twice. */
import type { Node } from "../../graph/types.ts";
import { isOp, type Network } from "./network.ts";

const ACTIVATIONS = [
  "Relu",
  "Clip",
  "LeakyRelu",
  "PRelu",
  "Elu",
  "Selu",
  "Celu",
  "Sigmoid",
  "HardSigmoid",
  "HardSwish",
  "Swish",
  "Tanh",
  "Mish",
  "Gelu",
  "Softplus",
];

export function isActivation(node: Node | undefined): node is Node {
  return isOp(node, ...ACTIVATIONS);
}

/**
 * f(f(x)) = f(x): Relu, and Clip between constant bounds. After such a node an identity followed by
 * the same activation changes nothing.
 */
export function isIdempotent(network: Network, node: Node | undefined): node is Node {
  if (!isOp(node, "Relu", "Clip")) return false;
  return node.inputs.slice(1).every((b) => b === "" || network.constants.of(b) !== undefined);
}

/** Idempotent activations of feature maps that something reads, by name, in the graph's order. */
export function idempotentPlaces(network: Network): readonly string[] {
  return network.graph.nodes
    .filter((node) => isIdempotent(network, node) && inner(network, node.outputs[0]!))
    .map((node) => node.name);
}

/** A feature map inside the network: a morphism may put something between it and its readers. */
export function inner(network: Network, value: string): boolean {
  return (
    !network.index.isOutput(value) &&
    network.index.consumers(value).length > 0 &&
    network.features(value) !== undefined
  );
}
