/** Cuts the channels with the smallest L1 norm away (Li et al., ICLR 2017), in all tied layers. */
import type { Dimension } from "../../graph/morph/ties.ts";
import { dimensionAt, dimensionPlaces, withChannels } from "./channels.ts";
import { misfit } from "./place.ts";
import type { Morphism } from "./types.ts";

export const prune: Morphism = {
  name: "prune",
  exact: false,
  summary: "cut the channels with the smallest weights away",
  parameters: { keep: { choices: [0.875, 0.75, 0.5], summary: "share of the channels that stay" } },
  places: (network) => dimensionPlaces(network, (d) => d.channels > d.multiple),
  apply(network, { place, values, seed }) {
    const dimension = dimensionAt(network, place);
    const width = narrower(dimension, values.keep!);
    if (width < dimension.multiple)
      throw misfit(
        { name: place, op: "layer" },
        `has ${dimension.channels} channels and keeps all`,
      );
    return withChannels(network, dimension, width, seed);
  },
};

function narrower({ channels, multiple }: Dimension, keep: number): number {
  const wanted = multiple * Math.max(1, Math.round((channels * keep) / multiple));
  return Math.min(channels - multiple, wanted);
}
