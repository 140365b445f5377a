/**
 * A second path beside a convolution, as in an inception block: convolution, normalization,
 * rectifier, and a 1x1 convolution that starts at zero, added to the first path's result.
 */
import { kaimingNormal } from "../weights.ts";
import type { Convolution } from "./convolution.ts";
import { sameWindow } from "./convolution.ts";
import { normalization, Patch } from "./patch.ts";
import { convolutionAt, convolutionPlaces, misfit, resultOf } from "./place.ts";
import type { Morphism } from "./types.ts";

export const addBranch: Morphism = {
  name: "add-branch",
  exact: true,
  summary: "a path beside a convolution, its last weights zero at first",
  parameters: {
    kernel: { choices: [1, 3, 5], summary: "side of the branch's kernel" },
    share: { choices: [0.25, 0.5], summary: "its channels, of those of the convolution" },
  },
  places: (network) => convolutionPlaces(network, (c) => windowOf(c, 1) !== undefined),
  apply(network, { place, values, seed }) {
    const conv = convolutionAt(network, place);
    const window = windowOf(conv, values.kernel!);
    const result = resultOf(network, conv.node);
    const target = network.features(result);
    const x = network.features(conv.node.inputs[0]!);
    if (window === undefined || x === undefined || target === undefined)
      throw misfit(
        conv.node,
        `takes no kernel of ${values.kernel} beside it: its padding is uneven`,
      );
    const patch = new Patch(network, `${place}.branch`);
    const channels = Math.max(1, Math.round(target.channels * values.share!));
    const fan = window.kernel.reduce((a, b) => a * b, channels);
    const weight = patch.constant(
      "conv1.weight",
      kaimingNormal(
        patch.path("conv1.weight"),
        [channels, x.channels, ...window.kernel],
        fan,
        seed,
      ),
    );
    let y: string;
    if (normalization(network.graph).used) {
      y = patch.conv("conv1", x.value, weight, window);
      y = patch.freshNorm("bn", y, channels);
    } else {
      const bias = patch.weight("conv1.bias", [channels], (out) => out.fill(0));
      y = patch.conv("conv1", x.value, weight, window, bias);
    }
    y = patch.add("Relu", "act", [y]);
    const point = sameWindow(1, x.spatial.length);
    const zero = patch.weight("conv2.weight", [target.channels, channels, ...point.kernel], (out) =>
      out.fill(0),
    );
    y = patch.conv("conv2", y, zero, point);
    return patch.insert(result, patch.add("Add", "sum", [result, y]));
  },
};

/** A window of another size that gives as many positions; undefined where none does. */
function windowOf(
  conv: Convolution,
  side: number,
): Omit<Convolution, "node" | "weight"> | undefined {
  const padBegin: number[] = [];
  const padEnd: number[] = [];
  for (const [i, k] of conv.kernel.entries()) {
    const more = side - 1 - (k - 1) * conv.dilations[i]!;
    padBegin.push(conv.padBegin[i]! + Math.floor(more / 2));
    padEnd.push(conv.padEnd[i]! + Math.ceil(more / 2));
  }
  if (Math.min(...padBegin, ...padEnd) < 0) return undefined;
  return {
    groups: 1,
    kernel: conv.kernel.map(() => side),
    strides: conv.strides,
    dilations: conv.kernel.map(() => 1),
    padBegin,
    padEnd,
  };
}
