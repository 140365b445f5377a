/**
 * A network with other numbers of channels. Every dimension is given a pick: which old channel each
 * new one copies. Copies make the network wider without changing what it computes (Net2WiderNet:
 * Chen, Goodfellow and Shlens, ICLR 2016): the layers that sum over a channel take their weights'
 * shares of each copy. Channels that no new one copies are cut away.
 */
import { invariant } from "../../base/errors.ts";
import { int } from "../attribute.ts";
import { nameMaker, removeDead } from "../edit.ts";
import { int64s, integers, lazyTensor } from "../tensor.ts";
import type { Attribute, Graph, Node, Tensor } from "../types.ts";
import { constantsOf } from "./constants.ts";
import { type Places, pickAxis, pickWithinGroups } from "./pick-axis.ts";
import type { Segment, Slot, Ties } from "./ties.ts";

/** The new channels of one dimension. */
export interface Pick {
  readonly width: number;
  /** Old channel that each new one copies. */
  readonly from: ArrayLike<number>;
  /** Share of the old channel's outgoing weights; those of all its copies add up to 1. */
  readonly share: ArrayLike<number>;
}

/** By dimension; one that is left out stays as it is. */
export type Picks = ReadonlyMap<number, Pick>;

/**
 * @param picks for dimensions that are not fixed, in whole multiples of `multiple`
 * @returns a graph whose new weights are made when their bytes are read
 */
export function resizeChannels(graph: Graph, ties: Ties, picks: Picks): Graph {
  for (const dim of picks.keys()) {
    const { fixed, multiple } = ties.dimensions[dim]!;
    invariant(fixed === undefined, `dimension ${dim} is picked but fixed: ${fixed}`);
    const { width } = picks.get(dim)!;
    invariant(width > 0 && width % multiple === 0, `${width} channels, not of ${multiple}`);
  }
  const constants = constantsOf(graph);
  const fresh = nameMaker(graph);
  const byNode = new Map<string, Slot[]>();
  for (const slot of ties.slots) {
    if (!touched(slot, picks)) continue;
    const list = byNode.get(slot.node);
    if (list === undefined) byNode.set(slot.node, [slot]);
    else list.push(slot);
  }
  const initializers = new Map(graph.initializers);
  const nodes = graph.nodes.map((node): Node => {
    const slots = byNode.get(node.name);
    if (slots === undefined) return node;
    const inputs = [...node.inputs];
    let attributes: Readonly<Record<string, Attribute>> = node.attributes;
    const changed = new Map<number, Tensor>();
    for (const slot of slots) {
      if (slot.kind === "group") {
        attributes = { ...attributes, group: int(widthOf(slot.segments, ties, picks)) };
        continue;
      }
      const before = changed.get(slot.input) ?? constants.of(node.inputs[slot.input]!);
      invariant(before !== undefined, `${node.name}: input ${slot.input} is a constant`);
      changed.set(slot.input, resized(before, slot, ties, picks));
    }
    for (const [input, tensor] of changed) {
      const name = fresh(node.inputs[input]!);
      initializers.set(name, tensor);
      inputs[input] = name;
    }
    return { ...node, inputs, attributes };
  });
  const declared = new Map(
    [...graph.declared].filter(([name]) => {
      const layout = ties.layouts.get(name);
      return layout === undefined || !layout.segments.some(({ dim }) => picks.has(dim));
    }),
  );
  return removeDead({ ...graph, nodes, initializers, declared });
}

/** Places that segments take after picking. */
export function widthOf(segments: readonly Segment[], ties: Ties, picks: Picks): number {
  let n = 0;
  for (const { dim, repeat } of segments)
    n += repeat * (picks.get(dim)?.width ?? ties.dimensions[dim]!.channels);
  return n;
}

function touched(slot: Slot, picks: Picks): boolean {
  if (slot.kind === "grouped") return picks.has(slot.inDim) || picks.has(slot.outDim);
  return slot.segments.some(({ dim }) => picks.has(dim));
}

function resized(
  tensor: Tensor,
  slot: Exclude<Slot, { kind: "group" }>,
  ties: Ties,
  picks: Picks,
): Tensor {
  switch (slot.kind) {
    case "size": {
      const sizes = integers(tensor);
      sizes[slot.index] = widthOf(slot.segments, ties, picks);
      return int64s(sizes, tensor.dims);
    }
    case "gather":
    case "consume": {
      const dims = tensor.dims.with(slot.axis, widthOf(slot.segments, ties, picks));
      return lazyTensor(tensor.dtype, dims, () => {
        const places = placesOf(slot.segments, ties, picks);
        return pickAxis(tensor, slot.axis, places, slot.kind === "consume");
      });
    }
    case "grouped": {
      const input = pickOf(slot.inDim, ties, picks);
      const output = pickOf(slot.outDim, ties, picks);
      const { groups } = slot;
      const dims = [output.width, input.width / groups, ...tensor.dims.slice(2)];
      return lazyTensor(tensor.dtype, dims, () => pickWithinGroups(tensor, groups, input, output));
    }
  }
}

function pickOf(dim: number, ties: Ties, picks: Picks): Pick {
  return picks.get(dim) ?? identityPick(ties.dimensions[dim]!.channels);
}

export function identityPick(channels: number): Pick {
  return {
    width: channels,
    from: Int32Array.from({ length: channels }, (_, i) => i),
    share: new Float64Array(channels).fill(1),
  };
}

/** Old place and share of each new place of an axis. */
function placesOf(segments: readonly Segment[], ties: Ties, picks: Picks): Places {
  const width = widthOf(segments, ties, picks);
  const from = new Int32Array(width);
  const share = new Float64Array(width);
  let at = 0;
  let offset = 0;
  for (const { dim, repeat } of segments) {
    const pick = pickOf(dim, ties, picks);
    for (let j = 0; j < pick.width; j++)
      for (let r = 0; r < repeat; r++) {
        from[at] = offset + pick.from[j]! * repeat + r;
        share[at++] = pick.share[j]!;
      }
    offset += ties.dimensions[dim]!.channels * repeat;
  }
  return { from, share };
}
