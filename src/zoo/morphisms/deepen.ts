/**
 * Inserts convolution, batch normalization and activation after an activation (Net2DeeperNet). The
 * convolution starts as the identity and the activation twice is the activation once, so nothing
 * changes. A network without batch normalization gets a bias instead.
 */
import type { Graph, Node } from "../../graph/types.ts";
import { idempotentPlaces, inner, isIdempotent } from "./activation.ts";
import { sameWindow } from "./convolution.ts";
import type { Features, Network } from "./network.ts";
import { normalization, Patch } from "./patch.ts";
import { misfit, nodeAt } from "./place.ts";
import type { Morphism } from "./types.ts";

export const deepen: Morphism = {
  name: "deepen",
  exact: true,
  summary: "insert convolution, normalization, activation after an activation, as the identity",
  parameters: { kernel: { choices: [1, 3, 5], summary: "side of the new kernel" } },
  places: idempotentPlaces,
  apply(network, { place, values }) {
    const { node, x } = activationAt(network, place);
    const patch = new Patch(network, `${place}.deepen`);
    const rank = x.spatial.length;
    const window = sameWindow(values.kernel!, rank);
    const weight = patch.weight("conv.weight", [x.channels, x.channels, ...window.kernel], (out) =>
      identityKernel(out, x.channels, values.kernel! ** rank),
    );
    return closed(network, patch, node, x, (bias) =>
      patch.conv("conv", x.value, weight, window, bias),
    );
  },
};

/** @throws UserError where the place is no idempotent activation of a feature map */
export function activationAt(
  network: Network,
  place: string,
): { readonly node: Node; readonly x: Features } {
  const node = nodeAt(network, place);
  const value = node.outputs[0]!;
  if (!isIdempotent(network, node) || !inner(network, value))
    throw misfit(node, "is no rectifier of a feature map inside the network");
  return { node, x: network.features(value)! };
}

/** Normalization and the activation once more behind a new layer that is the identity. */
export function closed(
  network: Network,
  patch: Patch,
  activation: Node,
  x: Features,
  layer: (bias: string | undefined) => string,
): Graph {
  const normalized = normalization(network.graph).used;
  const bias = normalized
    ? undefined
    : patch.weight("conv.bias", [x.channels], (out) => out.fill(0));
  let y = layer(bias);
  if (normalized) y = patch.neutralNorm("bn", y, x.value);
  y = patch.add(activation.op, "act", [y, ...activation.inputs.slice(1)], activation.attributes);
  return patch.insert(x.value, y);
}

/** [channels, channels, …kernel]: one in the middle of each channel's own kernel. */
export function identityKernel(out: Float32Array, channels: number, window: number): void {
  for (let c = 0; c < channels; c++) out[(c * channels + c) * window + (window - 1) / 2] = 1;
}
