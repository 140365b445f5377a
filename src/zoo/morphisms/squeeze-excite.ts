/**
 * Squeeze-and-excitation (Hu, Shen and Sun, CVPR 2018) on a convolution's result. Its gate is twice
 * the sigmoid, and its last weights start at zero: 2 sigmoid(0) = 1 changes nothing.
 */
import { tensorAttribute } from "../../graph/attribute.ts";
import { float32s } from "../../graph/tensor.ts";
import { kaimingNormal } from "../weights.ts";
import { sameWindow } from "./convolution.ts";
import { Patch } from "./patch.ts";
import { convolutionAt, convolutionPlaces, misfit, resultOf } from "./place.ts";
import type { Morphism } from "./types.ts";

export const squeezeExcite: Morphism = {
  name: "squeeze-excite",
  exact: true,
  summary: "scale a convolution's channels by what a small network makes of their means",
  parameters: { reduction: { choices: [4, 8, 16], summary: "channels for each hidden one" } },
  places: (network) => convolutionPlaces(network, () => true),
  apply(network, { place, values, seed }) {
    const { node } = convolutionAt(network, place);
    const result = resultOf(network, node);
    const x = network.features(result);
    if (x === undefined) throw misfit(node, "gives no feature map");
    const { channels } = x;
    const patch = new Patch(network, `${place}.se`);
    const hidden = Math.max(1, Math.round(channels / values.reduction!));
    const point = sameWindow(1, x.spatial.length);
    const zero = (part: string, dims: readonly number[]) =>
      patch.weight(part, dims, (out) => out.fill(0));
    const weight1 = patch.constant(
      "fc1.weight",
      kaimingNormal(patch.path("fc1.weight"), [hidden, channels, ...point.kernel], hidden, seed),
    );
    const weight2 = zero("fc2.weight", [channels, hidden, ...point.kernel]);
    let y = patch.add("GlobalAveragePool", "pool", [result]);
    y = patch.conv("fc1", y, weight1, point, zero("fc1.bias", [hidden]));
    y = patch.add("Relu", "act", [y]);
    y = patch.conv("fc2", y, weight2, point, zero("fc2.bias", [channels]));
    y = patch.add("Sigmoid", "sigmoid", [y]);
    // A node, as the zoo writes its scalars: an initializer would count as a parameter.
    const two = patch.add("Constant", "two", [], { value: tensorAttribute(float32s([2], [])) });
    y = patch.add("Mul", "gate", [y, two]);
    return patch.insert(result, patch.add("Mul", "scale", [result, y]));
  },
};
