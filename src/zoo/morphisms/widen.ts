/**
 * Net2WiderNet: the most important channels are copied, and the layers that sum over channels take
 * their weights' shares of each copy. Shares differ a little, so that training tells copies apart.
 * Layers whose channels are tied (residual additions, depthwise convolutions) widen together.
 */
import type { Dimension } from "../../graph/morph/ties.ts";
import { dimensionAt, dimensionPlaces, withChannels } from "./channels.ts";
import type { Morphism } from "./types.ts";

export const widen: Morphism = {
  name: "widen",
  exact: true,
  summary: "more channels, as copies whose outgoing weights are divided among them",
  parameters: { factor: { choices: [1.25, 1.5, 2], summary: "of the number of channels" } },
  places: (network) => dimensionPlaces(network, () => true),
  apply(network, { place, values, seed }) {
    const dimension = dimensionAt(network, place);
    return withChannels(network, dimension, wider(dimension, values.factor!), seed);
  },
};

function wider({ channels, multiple }: Dimension, factor: number): number {
  const wanted = multiple * Math.round((channels * factor) / multiple);
  return Math.max(channels + multiple, wanted);
}
