/** A larger kernel with zeros around the old one: the same function. */
import { resizeKernel } from "./kernel-size.ts";
import { convolutionAt, convolutionPlaces, misfit } from "./place.ts";
import type { Morphism } from "./types.ts";

/** Beyond this a search gains nothing but time. */
const LARGEST = 7;

export const enlargeKernel: Morphism = {
  name: "enlarge-kernel",
  exact: true,
  summary: "grow a convolution's kernel by a border of zeros",
  parameters: { by: { choices: [2], summary: "places added to each axis" } },
  places: (network) => convolutionPlaces(network, (c) => Math.max(...c.kernel) + 2 <= LARGEST),
  apply(network, { place, values }) {
    const conv = convolutionAt(network, place);
    if (Math.max(...conv.kernel) + values.by! > LARGEST)
      throw misfit(conv.node, `has a kernel of ${conv.kernel.join("x")}; at most ${LARGEST}`);
    return resizeKernel(network, conv, values.by! / 2, "larger");
  },
};
