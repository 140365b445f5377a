/** Kernels that grow by a border of zeros, or lose their border; the padding goes along. */
import { elementCount, numbers } from "../../graph/tensor.ts";
import type { Graph, Tensor } from "../../graph/types.ts";
import { type Convolution, convAttributes } from "./convolution.ts";
import type { Network } from "./network.ts";
import { lazyWeight, Patch } from "./patch.ts";

/**
 * @param border places added on every side of every axis; negative: taken away
 */
export function resizeKernel(
  network: Network,
  conv: Convolution,
  border: number,
  name: string,
): Graph {
  const { node, weight, dilations } = conv;
  const kernel = conv.kernel.map((k) => k + 2 * border);
  const patch = new Patch(network, `${node.name}.${name}`);
  const by = patch.constant("weight", bordered(weight, border));
  const attributes = convAttributes(
    {
      ...conv,
      kernel,
      padBegin: conv.padBegin.map((p, i) => p + border * dilations[i]!),
      padEnd: conv.padEnd.map((p, i) => p + border * dilations[i]!),
    },
    node.attributes,
  );
  return patch.rewireInput({ ...node, attributes }, 1, by);
}

function bordered(weight: Tensor, border: number): Tensor {
  const [filters, depth, ...kernel] = weight.dims as readonly [number, number, ...number[]];
  const grown = kernel.map((k) => k + 2 * border);
  return lazyWeight([filters, depth, ...grown], (out) => {
    const source = numbers(weight);
    const before = elementCount(kernel);
    const after = elementCount(grown);
    const places = innerPlaces(kernel, grown, border);
    for (let plane = 0; plane < filters * depth; plane++)
      for (const [from, to] of places) out[plane * after + to] = source[plane * before + from]!;
  });
}

/** Offsets of the places that both kernels have. */
function innerPlaces(
  kernel: readonly number[],
  grown: readonly number[],
  border: number,
): readonly (readonly [number, number])[] {
  let places: (readonly [number, number])[] = [[0, 0]];
  kernel.forEach((k, axis) => {
    const next: (readonly [number, number])[] = [];
    for (const [from, to] of places)
      for (let i = Math.max(0, -border); i < Math.min(k, k - -border); i++)
        next.push([from * k + i, to * grown[axis]! + i + border]);
    places = next;
  });
  return places;
}
