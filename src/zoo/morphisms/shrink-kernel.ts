/** A smaller kernel: the border is cut off. Not the same function. */
import type { Convolution } from "./convolution.ts";
import { resizeKernel } from "./kernel-size.ts";
import { convolutionAt, convolutionPlaces, misfit } from "./place.ts";
import type { Morphism } from "./types.ts";

export const shrinkKernel: Morphism = {
  name: "shrink-kernel",
  exact: false,
  summary: "cut the border of a convolution's kernel off",
  parameters: { by: { choices: [2], summary: "places taken from each axis" } },
  places: (network) => convolutionPlaces(network, (c) => fits(c, 2)),
  apply(network, { place, values }) {
    const conv = convolutionAt(network, place);
    if (!fits(conv, values.by!))
      throw misfit(
        conv.node,
        `has no border of ${values.by! / 2} to lose that lies in its padding`,
      );
    return resizeKernel(network, conv, -values.by! / 2, "smaller");
  },
};

/** The output keeps its size where the padding shrinks as the kernel does. */
function fits(conv: Convolution, by: number): boolean {
  return conv.kernel.every((k, i) => {
    const cut = (by / 2) * conv.dilations[i]!;
    return k > by && conv.padBegin[i]! >= cut && conv.padEnd[i]! >= cut;
  });
}
