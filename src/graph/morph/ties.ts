/**
 * Which channels of a network are one and the same choice. Every value is laid out along one axis as
 * segments of dimensions; rules for each operator make dimensions (a convolution's filters), join
 * them (the operands of an addition) and pass them on (activations, pools, concatenation), and note
 * which axis of which weight follows. What no rule resolves stays fixed and is a reported gap.
 */

import { subgraphs } from "../attribute.ts";
import { freeNames } from "../check.ts";
import { indexGraph } from "../edit.ts";
import { topologicalOrder } from "../order.ts";
import type { Graph, Node, Tensor, ValueType } from "../types.ts";
import { constantsOf } from "./constants.ts";
import { Dimensions } from "./dimensions.ts";
import { ruleFor } from "./rules/index.ts";

/** Consecutive places of an axis: each channel of `dim` takes `repeat` of them. */
export interface Segment {
  readonly dim: number;
  readonly repeat: number;
}

/** How a value's `axis` is made of dimensions. */
export interface Layout {
  readonly axis: number;
  readonly segments: readonly Segment[];
}

/**
 * What becomes of one input of a node when channels are picked anew.
 *
 * `gather`: the picked places are copied. `consume`: copied and divided by how often the channel
 * occurs, because the layer sums over them. `grouped`: as `consume`, within each group of a
 * convolution. `size`: the element `index` of a constant shape is the number of places.
 */
export type Slot =
  | {
      readonly kind: "gather" | "consume";
      readonly node: string;
      readonly input: number;
      readonly axis: number;
      readonly segments: readonly Segment[];
    }
  | {
      readonly kind: "grouped";
      readonly node: string;
      readonly input: number;
      readonly groups: number;
      readonly inDim: number;
      readonly outDim: number;
    }
  | {
      readonly kind: "size";
      readonly node: string;
      readonly input: number;
      readonly index: number;
      readonly segments: readonly Segment[];
    }
  /** The attribute `group` of a depthwise convolution is its number of input channels. */
  | { readonly kind: "group"; readonly node: string; readonly segments: readonly Segment[] };

/** One choice of a number of channels, for all layers that share it. */
export interface Dimension {
  readonly id: number;
  readonly channels: number;
  /** The number of channels stays a multiple of this (grouped convolutions). */
  readonly multiple: number;
  /** Layers whose output channels these are: convolutions and linear layers, in the graph's order. */
  readonly layers: readonly string[];
  /** Why the dimension cannot change; undefined where it can. */
  readonly fixed: string | undefined;
}

export interface Ties {
  readonly dimensions: readonly Dimension[];
  readonly layouts: ReadonlyMap<string, Layout>;
  readonly slots: readonly Slot[];
  /** What could not be resolved, by operator and reason. */
  readonly gaps: readonly TieGap[];
}

export interface TieGap {
  readonly op: string;
  readonly count: number;
  readonly reason: string;
  readonly nodes: readonly string[];
}

/** What a rule works with. Layouts are of activations; constants have none. */
export interface TieContext {
  readonly node: Node;
  layout(input: number): Layout | undefined;
  /** Shape of input or output with free dimensions as they are; undefined where unknown. */
  shape(value: string | undefined): readonly (number | string)[] | undefined;
  /** The constant behind an input: an initializer or a Constant, through Identity. */
  constant(input: number): Tensor | undefined;
  /** The node that computes an input. */
  producer(value: string): Node | undefined;
  readers(value: string): readonly Node[];
  constantOf(value: string): Tensor | undefined;
  /** A new dimension that this layer's output channels make. */
  make(channels: number): number;
  /** A dimension that never changes, for `places` that nothing is known of. */
  fixedPlaces(places: number, reason: string): Segment;
  /** Makes two rows of segments one choice; fixes both where their borders differ. */
  join(a: readonly Segment[], b: readonly Segment[]): void;
  /** The dimension of a single unrepeated segment, to be a multiple of `groups`. */
  blocks(dim: number, groups: number): void;
  channels(dim: number): number;
  output(layout: Layout, index?: number): void;
  slot(slot: Slot): void;
  /** Fixes the channels of inputs (default: all of them) and reports the node as a gap. */
  fix(reason: string, inputs?: readonly number[]): void;
  /** As `fix`, but by design and not for want of a rule: no gap. */
  hold(reason: string, inputs?: readonly number[]): void;
}

export type TieRule = (context: TieContext) => void;

/** @param types of all values, as shape inference finds them */
export function channelTies(graph: Graph, types: ReadonlyMap<string, ValueType>): Ties {
  const dims = new Dimensions();
  const layouts = new Map<string, Layout>();
  const slots: Slot[] = [];
  const gaps = new Map<string, { op: string; reason: string; nodes: string[] }>();
  const constants = constantsOf(graph);
  const index = indexGraph(graph);
  const holdValue = (name: string, reason: string): void => {
    for (const { dim } of layouts.get(name)?.segments ?? []) dims.fix(dim, reason);
  };
  for (const node of topologicalOrder(graph.nodes)) {
    if (constants.of(node.outputs[0] ?? "") !== undefined) continue;
    const inputs = (chosen: readonly number[] | undefined) =>
      chosen ?? node.inputs.map((_, i) => i);
    const context: TieContext = {
      node,
      layout: (i) => layouts.get(node.inputs[i] ?? ""),
      shape: (value) => (value === undefined ? undefined : types.get(value)?.shape),
      constant: (i) => constants.of(node.inputs[i] ?? ""),
      producer: (value) => index.producer(value),
      readers: (value) => index.consumers(value),
      constantOf: (value) => constants.of(value),
      make: (channels) => dims.make(channels, node.name),
      fixedPlaces: (places, reason) => ({ dim: dims.makeFixed(places, reason), repeat: 1 }),
      join: (a, b) => dims.join(a, b),
      blocks: (dim, groups) => dims.blocks(dim, groups),
      channels: (dim) => dims.channels(dim),
      output: (layout, index = 0) => {
        const name = node.outputs[index];
        if (name) layouts.set(name, layout);
      },
      slot: (slot) => {
        slots.push(slot);
      },
      hold: (reason, chosen) => {
        for (const i of inputs(chosen)) holdValue(node.inputs[i]!, reason);
      },
      fix: (reason, chosen) => {
        const touched = inputs(chosen).filter((i) => layouts.has(node.inputs[i]!));
        for (const i of touched) holdValue(node.inputs[i]!, `${node.name} (${node.op}): ${reason}`);
        const key = `${node.op} ${reason}`;
        const gap = gaps.get(key);
        if (gap) gap.nodes.push(node.name);
        else gaps.set(key, { op: node.op, reason, nodes: [node.name] });
      },
    };
    const bodies = subgraphs(node);
    if (bodies.length > 0) {
      for (const body of bodies)
        for (const name of freeNames(body))
          holdValue(name, `read inside ${node.name} (${node.op})`);
      if (node.inputs.some((name) => layouts.has(name))) context.fix("holds graphs of its own");
      continue;
    }
    const rule = node.domain === "" || node.domain === "ai.onnx" ? ruleFor(node.op) : undefined;
    if (rule !== undefined) rule(context);
    else if (node.inputs.some((name) => layouts.has(name)))
      context.fix("no rule says how its channels go together");
  }
  for (const output of graph.outputs) holdValue(output.name, `output ${output.name}`);
  return {
    dimensions: dims.list(),
    layouts: new Map(Array.from(layouts, ([name, l]) => [name, dims.settled(l)])),
    slots: slots.map((slot) => dims.settledSlot(slot)),
    gaps: Array.from(gaps.values(), (g) => ({ ...g, count: g.nodes.length })),
  };
}
