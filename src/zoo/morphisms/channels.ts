/** Dimensions of channels as places of morphisms, and picks that make them wider or narrower. */
import { UserError } from "../../base/errors.ts";
import { renameValues } from "../../graph/edit.ts";
import { channelImportance, lazyPick, pickChannels } from "../../graph/morph/choose.ts";
import { resizeChannels } from "../../graph/morph/resize.ts";
import type { Dimension } from "../../graph/morph/ties.ts";
import type { Graph } from "../../graph/types.ts";
import type { Network } from "./network.ts";
import { finished } from "./patch.ts";
import { nodeAt } from "./place.ts";

/** Each dimension by the first layer that makes it. */
export function dimensionPlaces(
  network: Network,
  fits: (dimension: Dimension) => boolean,
): readonly string[] {
  return network.ties.dimensions
    .filter((d) => d.fixed === undefined && d.layers.length > 0 && fits(d))
    .map((d) => d.layers[0]!);
}

/** @throws UserError where no layer of that name makes channels that may change */
export function dimensionAt(network: Network, place: string): Dimension {
  const dimension = network.ties.dimensions.find((d) => d.layers.includes(place));
  if (dimension !== undefined && dimension.fixed === undefined) return dimension;
  const { op } = nodeAt(network, place);
  throw new UserError(
    dimension === undefined
      ? `${place} (${op}) makes no channels of its own`
      : `the ${dimension.channels} channels of ${place} (${op}) cannot change: ${dimension.fixed}`,
    { hint: "`tidemark widths` lists the groups of layers whose channels can" },
  );
}

/** The network with another number of channels in one dimension. */
export function withChannels(
  network: Network,
  { id, multiple }: Dimension,
  width: number,
  seed: number,
): Graph {
  const { graph, ties } = network;
  const pick = lazyPick(width, () => {
    const importance = channelImportance(graph, ties, new Set([id])).get(id)!;
    return pickChannels(importance, width, { blocks: multiple, seed, index: id });
  });
  return finished(keepNames(graph, resizeChannels(graph, ties, new Map([[id, pick]]))));
}

/** A weight that took the place of another, which is gone, takes its name too. */
function keepNames(before: Graph, after: Graph): Graph {
  const nodes = new Map(before.nodes.map((n) => [n.name, n]));
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const node of after.nodes)
    node.inputs.forEach((name, i) => {
      const old = nodes.get(node.name)?.inputs[i];
      if (old === undefined || old === name || after.initializers.has(old)) return;
      if (!before.initializers.has(old) || names.has(name) || taken.has(old)) return;
      names.set(name, old);
      taken.add(old);
    });
  return renameValues(after, names);
}
