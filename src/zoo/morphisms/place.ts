/** Places of morphisms: looking them up, and saying what does not fit. */
import { UserError } from "../../base/errors.ts";
import { suggest } from "../../base/suggest.ts";
import type { Node } from "../../graph/types.ts";
import { inner } from "./activation.ts";
import { type Convolution, convolutionOf } from "./convolution.ts";
import { isOp, type Network } from "./network.ts";

/** @throws UserError where the network has no such node */
export function nodeAt(network: Network, place: string): Node {
  const node = network.node(place);
  if (node !== undefined) return node;
  const near = suggest(
    place,
    network.graph.nodes.map((n) => n.name),
  );
  throw new UserError(`${network.graph.name} has no node ${place}`, {
    hint: near
      ? `did you mean ${near}?`
      : "an earlier step may have removed it; apply the steps in the order in which they were found",
  });
}

/** @throws UserError */
export function convolutionAt(network: Network, place: string): Convolution {
  const node = nodeAt(network, place);
  const conv = convolutionOf(network, node);
  if (conv === undefined)
    throw misfit(node, "is no convolution with constant float32 weights and known padding");
  return conv;
}

export function misfit(node: Pick<Node, "name" | "op">, why: string): UserError {
  return new UserError(`${node.name} (${node.op}) ${why}`, {
    hint: "`places` of the morphism lists where it can be applied",
  });
}

/**
 * What a convolution gives once it is normalised: the output of the batch normalization that alone
 * reads it, or its own.
 */
export function resultOf(network: Network, conv: Node): string {
  const output = conv.outputs[0]!;
  const readers = network.index.consumers(output);
  const [reader] = readers;
  if (
    readers.length === 1 &&
    isOp(reader, "BatchNormalization") &&
    reader.inputs[0] === output &&
    !network.index.isOutput(output)
  )
    return reader.outputs[0]!;
  return output;
}

/** Convolutions, of feature maps inside the network, that `fits` holds for. */
export function convolutionPlaces(
  network: Network,
  fits: (conv: Convolution) => boolean,
): readonly string[] {
  const places: string[] = [];
  for (const node of network.graph.nodes) {
    const conv = convolutionOf(network, node);
    if (conv === undefined || network.features(node.inputs[0]!) === undefined) continue;
    if (inner(network, resultOf(network, node)) && fits(conv)) places.push(node.name);
  }
  return places;
}
