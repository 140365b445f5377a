/** Inserts a depthwise separable convolution after an activation, as the identity (see deepen.ts). */
import { idempotentPlaces } from "./activation.ts";
import { sameWindow } from "./convolution.ts";
import { activationAt, closed, identityKernel } from "./deepen.ts";
import { Patch } from "./patch.ts";
import type { Morphism } from "./types.ts";

export const deepenSeparable: Morphism = {
  name: "deepen-separable",
  exact: true,
  summary: "insert depthwise and pointwise convolution after an activation, as the identity",
  parameters: { kernel: { choices: [3, 5], summary: "side of the depthwise kernel" } },
  places: idempotentPlaces,
  apply(network, { place, values }) {
    const { node, x } = activationAt(network, place);
    const patch = new Patch(network, `${place}.separable`);
    const rank = x.spatial.length;
    const { channels } = x;
    const window = sameWindow(values.kernel!, rank, channels);
    const size = values.kernel! ** rank;
    const depthwise = patch.weight("depthwise.weight", [channels, 1, ...window.kernel], (out) => {
      for (let c = 0; c < channels; c++) out[c * size + (size - 1) / 2] = 1;
    });
    const point = sameWindow(1, rank);
    const pointwise = patch.weight(
      "pointwise.weight",
      [channels, channels, ...point.kernel],
      (out) => identityKernel(out, channels, 1),
    );
    return closed(network, patch, node, x, (bias) =>
      patch.conv(
        "pointwise",
        patch.conv("depthwise", x.value, depthwise, window),
        pointwise,
        point,
        bias,
      ),
    );
  },
};
