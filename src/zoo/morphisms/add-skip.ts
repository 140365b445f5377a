/**
 * Adds an earlier feature map to a convolution's result. Where both have one shape it is scaled by
 * channel, the scale starting at zero (Bachlechner et al., ReZero, 2020); else a 1x1 convolution
 * that starts at zero makes it fit. Nothing changes until training moves the zeros.
 */
import type { Node } from "../../graph/types.ts";
import { inner, isActivation } from "./activation.ts";
import { convolutionOf } from "./convolution.ts";
import { type Features, isOp, type Network } from "./network.ts";
import { Patch } from "./patch.ts";
import { misfit, nodeAt, resultOf } from "./place.ts";
import type { Morphism } from "./types.ts";

/** Between the names of the two ends. */
const ARROW = ">";
const STRIDES = [1, 2, 4];

export const addSkip: Morphism = {
  name: "add-skip",
  exact: true,
  summary: "add an earlier feature map to a convolution's result, weighted by zero at first",
  parameters: {},
  places(network) {
    const places: string[] = [];
    const sources: { readonly node: Node; readonly x: Features }[] = [];
    for (const node of network.graph.nodes) {
      const target = targetOf(network, node);
      if (target !== undefined)
        for (const { node: from, x } of sources)
          if (strideOf(x, target) !== undefined && !joined(network, x.value, target.value))
            places.push(`${from.name}${ARROW}${node.name}`);
      const x = network.features(node.outputs[0] ?? "");
      if (isSource(node) && x !== undefined) sources.push({ node, x });
    }
    return places;
  },
  apply(network, { place }) {
    const { from, to, x, target } = endsOf(network, place);
    const stride = strideOf(x, target);
    if (stride === undefined)
      throw misfit(
        from,
        `[${x.spatial.join(", ")}] has no stride of 1, 2 or 4 to ${to.name} [${target.spatial.join(", ")}]`,
      );
    const patch = new Patch(network, `${to.name}.skip`);
    const rank = x.spatial.length;
    const ones = Array.from({ length: rank }, () => 1);
    let branch: string;
    if (stride === 1 && x.channels === target.channels) {
      const scale = patch.weight("scale", [x.channels, ...ones], (out) => out.fill(0));
      branch = patch.add("Mul", "mul", [x.value, scale]);
    } else {
      const weight = patch.weight("conv.weight", [target.channels, x.channels, ...ones], (out) =>
        out.fill(0),
      );
      const zeros = ones.map(() => 0);
      branch = patch.conv("conv", x.value, weight, {
        groups: 1,
        kernel: ones,
        strides: ones.map(() => stride),
        dilations: ones,
        padBegin: zeros,
        padEnd: zeros,
      });
    }
    return patch.insert(target.value, patch.add("Add", "sum", [target.value, branch]));
  },
};

function isSource(node: Node): boolean {
  return isActivation(node) || isOp(node, "Add", "MaxPool", "AveragePool", "Concat");
}

/** What a convolution gives, where something can be added to it. */
function targetOf(network: Network, node: Node): Features | undefined {
  if (convolutionOf(network, node) === undefined) return undefined;
  const value = resultOf(network, node);
  return inner(network, value) ? network.features(value) : undefined;
}

/** They are operands of one addition already. */
function joined(network: Network, a: string, b: string): boolean {
  return network.index
    .consumers(b)
    .some((node) => isOp(node, "Add") && node.inputs.includes(a) && node.inputs.includes(b));
}

/** The stride of a 1x1 window that takes the one's positions to the other's. */
function strideOf(from: Features, to: Features): number | undefined {
  if (from.spatial.length !== to.spatial.length) return undefined;
  return STRIDES.find((stride) =>
    from.spatial.every((size, i) => {
      const wanted = to.spatial[i]!;
      if (typeof size === "number" && typeof wanted === "number")
        return Math.ceil(size / stride) === wanted;
      return stride === 1 && size === wanted;
    }),
  );
}

function endsOf(network: Network, place: string) {
  // Names may hold the arrow too: take the first cut that leaves two nodes.
  for (let at = place.indexOf(ARROW); at >= 0; at = place.indexOf(ARROW, at + 1)) {
    const from = network.node(place.slice(0, at));
    const to = network.node(place.slice(at + 1));
    if (from === undefined || to === undefined) continue;
    const x = isSource(from) ? network.features(from.outputs[0]!) : undefined;
    const target = targetOf(network, to);
    if (x === undefined) throw misfit(from, "is no activation, sum or pool of a feature map");
    if (target === undefined) throw misfit(to, "is no convolution inside the network");
    const { nodes } = network.graph;
    if (nodes.indexOf(from) >= nodes.indexOf(to))
      throw misfit(from, `does not come before ${to.name}`);
    return { from, to, x, target };
  }
  const [first = "", second = ""] = place.split(ARROW);
  nodeAt(network, first);
  throw misfit(nodeAt(network, second), "is one end only; write two nodes, from>to");
}
