/** Takes the shorter path of an addition of two paths away. */
import { replaceValue } from "../../graph/edit.ts";
import type { Node } from "../../graph/types.ts";
import { inner } from "./activation.ts";
import { isOp, type Network } from "./network.ts";
import { finished } from "./patch.ts";
import { misfit, nodeAt } from "./place.ts";
import type { Morphism } from "./types.ts";

export const removeSkip: Morphism = {
  name: "remove-skip",
  exact: false,
  summary: "take the shorter of two added paths away",
  parameters: {},
  places: (network) => network.graph.nodes.filter((n) => isSum(network, n)).map((n) => n.name),
  apply(network, { place }) {
    const node = nodeAt(network, place);
    if (!isSum(network, node)) throw misfit(node, "is no sum of two feature maps of one shape");
    const [a, b] = node.inputs as readonly [string, string];
    const depth = depths(network);
    const kept = (depth.get(a) ?? 0) >= (depth.get(b) ?? 0) ? a : b;
    return finished(replaceValue(network.graph, node.outputs[0]!, kept));
  },
};

function isSum(network: Network, node: Node): boolean {
  if (!isOp(node, "Add")) return false;
  const [a, b] = node.inputs;
  const x = network.features(a!);
  const y = network.features(b!);
  const computed = (value: string) =>
    network.constants.of(value) === undefined && !network.graph.initializers.has(value);
  return (
    a !== b &&
    x !== undefined &&
    y !== undefined &&
    computed(a!) &&
    computed(b!) &&
    x.channels === y.channels &&
    String(x.spatial) === String(y.spatial) &&
    inner(network, node.outputs[0]!)
  );
}

/** Layers with weights on the longest path to each value. */
function depths(network: Network): ReadonlyMap<string, number> {
  const depth = new Map<string, number>();
  for (const node of network.graph.nodes) {
    let most = 0;
    for (const input of node.inputs) most = Math.max(most, depth.get(input) ?? 0);
    const own = isOp(node, "Conv", "ConvTranspose", "Gemm", "MatMul") ? 1 : 0;
    for (const output of node.outputs) depth.set(output, most + own);
  }
  return depth;
}
