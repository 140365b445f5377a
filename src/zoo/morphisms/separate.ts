/**
 * A convolution as a depthwise one and a pointwise one. For each input channel its kernels, a matrix
 * [filters, window], are replaced by the best one of `rank` singular vectors: no other kernels of
 * this form are nearer to the old ones in the sum of squares.
 */
import { elementCount, numbers } from "../../graph/tensor.ts";
import type { Tensor } from "../../graph/types.ts";
import { type Convolution, convAttributes, sameWindow } from "./convolution.ts";
import { symmetricEigen } from "./eigen.ts";
import { Patch } from "./patch.ts";
import { convolutionAt, convolutionPlaces, misfit } from "./place.ts";
import type { Morphism } from "./types.ts";

export const separate: Morphism = {
  name: "separate",
  exact: false,
  summary: "replace a convolution by a depthwise and a pointwise one",
  parameters: { rank: { choices: [1, 2], summary: "depthwise kernels for each channel" } },
  places: (network) => convolutionPlaces(network, (c) => fits(c, 1)),
  apply(network, { place, values }) {
    const conv = convolutionAt(network, place);
    const rank = values.rank!;
    if (!fits(conv, rank))
      throw misfit(
        conv.node,
        `has no dense kernel of more than ${rank} places in several channels`,
      );
    const { node, weight } = conv;
    const [filters, depth] = weight.dims as readonly [number, number];
    const patch = new Patch(network, `${place}.separate`);
    const factors = factorsOf(weight, rank);
    const depthwise = patch.weight("depthwise.weight", [depth * rank, 1, ...conv.kernel], (out) =>
      out.set(factors().kernels),
    );
    const point = sameWindow(1, conv.kernel.length);
    const pointwise = patch.weight(
      "pointwise.weight",
      [filters, depth * rank, ...point.kernel],
      (out) => out.set(factors().mix),
    );
    const middle = patch.conv("depthwise", node.inputs[0]!, depthwise, { ...conv, groups: depth });
    const { graph } = network;
    // The pointwise convolution takes the old one's name, output and bias.
    const by = {
      ...node,
      inputs: [middle, pointwise, ...node.inputs.slice(2)],
      attributes: convAttributes(point),
    };
    return patch.finish({
      ...graph,
      nodes: graph.nodes.map((n) => (n.name === node.name ? by : n)),
    });
  },
};

function fits(conv: Convolution, rank: number): boolean {
  return conv.groups === 1 && elementCount(conv.kernel) > rank && conv.weight.dims[1]! > 1;
}

/** Kernels [channels x rank, window] and mix [filters, channels x rank], computed once. */
function factorsOf(weight: Tensor, rank: number) {
  let found: { readonly kernels: Float32Array; readonly mix: Float32Array } | undefined;
  return () => (found ??= factorize(weight, rank));
}

function factorize(weight: Tensor, rank: number) {
  const [filters, depth] = weight.dims as readonly [number, number];
  const window = elementCount(weight.dims.slice(2));
  const w = numbers(weight);
  const kernels = new Float32Array(depth * rank * window);
  const mix = new Float32Array(filters * depth * rank);
  const gram = new Float64Array(window * window);
  for (let c = 0; c < depth; c++) {
    gram.fill(0);
    for (let f = 0; f < filters; f++) {
      const at = (f * depth + c) * window;
      for (let i = 0; i < window; i++)
        for (let j = 0; j < window; j++) gram[i * window + j]! += w[at + i]! * w[at + j]!;
    }
    const vectors = symmetricEigen(gram, window);
    for (let r = 0; r < rank; r++) {
      const vector = vectors[r]!;
      kernels.set(vector, (c * rank + r) * window);
      for (let f = 0; f < filters; f++) {
        const at = (f * depth + c) * window;
        let dot = 0;
        for (let i = 0; i < window; i++) dot += w[at + i]! * vector[i]!;
        mix[f * depth * rank + c * rank + r] = dot;
      }
    }
  }
  return { kernels, mix };
}
