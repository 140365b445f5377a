/**
 * Takes a convolution out, with its normalization, where it gives what it reads in shape. An
 * activation behind it goes too where the same one stands before it.
 */

import { replaceValue } from "../../graph/edit.ts";
import type { Node } from "../../graph/types.ts";
import { inner, isIdempotent } from "./activation.ts";
import { convolutionOf } from "./convolution.ts";
import type { Network } from "./network.ts";
import { finished } from "./patch.ts";
import { misfit, nodeAt, resultOf } from "./place.ts";
import type { Morphism } from "./types.ts";

export const removeLayer: Morphism = {
  name: "remove-layer",
  exact: false,
  summary: "take a convolution with its normalization out, where its shape allows",
  parameters: {},
  places: (network) =>
    network.graph.nodes.filter((n) => endOf(network, n) !== undefined).map((n) => n.name),
  apply(network, { place }) {
    const node = nodeAt(network, place);
    const end = endOf(network, node);
    if (end === undefined)
      throw misfit(node, "is no convolution whose result has the shape of what it reads");
    return finished(replaceValue(network.graph, end, node.inputs[0]!));
  },
};

/** The value that the layer's input can stand for. */
function endOf(network: Network, node: Node): string | undefined {
  if (convolutionOf(network, node) === undefined) return undefined;
  const [input] = node.inputs as readonly [string, ...string[]];
  const result = resultOf(network, node);
  const before = network.features(input);
  const after = network.features(result);
  if (before === undefined || after === undefined || !inner(network, result)) return undefined;
  if (before.channels !== after.channels || String(before.spatial) !== String(after.spatial))
    return undefined;
  const readers = network.index.consumers(result);
  const [activation] = readers;
  const first = network.index.producer(input);
  const again =
    readers.length === 1 &&
    isIdempotent(network, activation) &&
    isIdempotent(network, first) &&
    sameActivation(first, activation) &&
    inner(network, activation.outputs[0]!);
  return again ? activation.outputs[0]! : result;
}

function sameActivation(a: Node, b: Node): boolean {
  return a.op === b.op && String(a.inputs.slice(1)) === String(b.inputs.slice(1));
}
