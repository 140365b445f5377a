/** Launches at shapes other than the network's own: each node is analysed again, alone, and lowered. */
import { int } from "../../graph/attribute.ts";
import { type Constants, constantsOf } from "../../graph/morph/constants.ts";
import type { Segment, Slot, Ties } from "../../graph/morph/ties.ts";
import { int64s, integers, zeros } from "../../graph/tensor.ts";
import type { Graph, Node, Tensor, Value } from "../../graph/types.ts";
import { analyze } from "../../ops/analyze.ts";
import type { Analysis, AnalyzedNode, Work } from "../../ops/types.ts";
import { type Launch, lower, type Target } from "../lower.ts";
import type { WidthLaunch, Widths } from "./model.ts";

export interface SizedLaunch extends Launch {
  /** Kernels and the gaps before them, microseconds. */
  readonly gpuUs: number;
  readonly macs: number;
  readonly params: number;
  /** Elements of the filters and matrices of its convolutions and linear layers. */
  readonly weights: number;
}

interface Member {
  readonly node: AnalyzedNode;
  readonly slots: readonly Slot[];
}

interface Entry extends WidthLaunch {
  readonly members: readonly Member[];
  readonly own: readonly AnalyzedNode[];
  /** Launches of the same structure share what is known of them. */
  readonly known: Map<string, SizedLaunch>;
}

export class LaunchShapes {
  readonly launches: readonly WidthLaunch[];
  readonly #analysis: Analysis;
  readonly #ties: Ties;
  readonly #target: Target;
  readonly #entries: readonly Entry[];
  readonly #constants: Constants;

  constructor(
    analysis: Analysis,
    ties: Ties,
    groups: readonly (readonly AnalyzedNode[])[],
    target: Target,
  ) {
    this.#analysis = analysis;
    this.#ties = ties;
    this.#target = target;
    this.#constants = constantsOf(analysis.graph);
    const slots = new Map<string, Slot[]>();
    for (const slot of ties.slots) {
      const list = slots.get(slot.node);
      if (list) list.push(slot);
      else slots.set(slot.node, [slot]);
    }
    const kinds = new Map<string, Map<string, SizedLaunch>>();
    this.#entries = groups.map((group, index) => {
      const members = group.map((node) => ({ node, slots: slots.get(node.node.name) ?? [] }));
      const ports = this.#ports(group);
      const key = this.#kind(group, ports);
      let known = kinds.get(key);
      if (known === undefined) {
        known = new Map();
        kinds.set(key, known);
      }
      return {
        index,
        nodes: group.map((n) => n.node.name),
        ports,
        dims: freeDims(ports, ties),
        members,
        own: group,
        known,
      };
    });
    this.launches = this.#entries;
  }

  at(index: number, widths: Widths): SizedLaunch {
    const entry = this.#entries[index]!;
    let key = "";
    for (const port of entry.ports) key += `${placesAt(port, widths)} `;
    let launch = entry.known.get(key);
    if (launch === undefined) {
      launch = this.#lower(entry, widths);
      entry.known.set(key, launch);
    }
    return launch;
  }

  #lower(entry: Entry, widths: Widths): SizedLaunch {
    const nodes = entry.members.map((member) => this.#sized(member, widths));
    const { hostUs, kernels } = lower(nodes, this.#target);
    let gpuUs = 0;
    for (const kernel of kernels) gpuUs += kernel.timeUs + this.#target.host.gapUs;
    // The sized nodes are let go: thousands of them would be kept for nothing.
    let macs = 0;
    let params = 0;
    let weights = 0;
    nodes.forEach((node, i) => {
      macs += node.macs;
      // Weights that an earlier node computes with are counted there.
      if (entry.own[i]!.params > 0) params += node.params;
      weights += weightsOf(node.work);
    });
    return { nodes: entry.own, hostUs, kernels, gpuUs, macs, params, weights };
  }

  /** The node in a graph of its own, with the shapes that it has at these widths. */
  #sized({ node: own, slots }: Member, widths: Widths): AnalyzedNode {
    const { node } = own;
    const inputs: Value[] = [];
    const initializers = new Map<string, Tensor>();
    let attributes = node.attributes;
    const names = node.inputs.map((name, i) => (name === "" ? "" : `${i} ${name}`));
    node.inputs.forEach((name, i) => {
      if (name === "") return;
      const constant = this.#constants.of(name);
      if (constant === undefined) {
        const first = node.inputs.indexOf(name);
        names[i] = names[first]!;
        if (first === i) inputs.push({ name: names[i], ...this.#typeAt(name, widths) });
      } else initializers.set(names[i]!, constant);
    });
    for (const slot of slots) {
      if (slot.kind === "group") {
        attributes = { ...attributes, group: int(placesAt(slot.segments, widths)) };
        continue;
      }
      const name = names[slot.input]!;
      const before = initializers.get(name)!;
      initializers.set(name, sizedConstant(before, slot, widths));
    }
    const alone: Graph = {
      name: node.name,
      nodes: [{ ...node, inputs: names, attributes } satisfies Node],
      inputs,
      outputs: node.outputs.flatMap((name) =>
        name === "" ? [] : [{ name, dtype: "float32", shape: undefined }],
      ),
      initializers,
      declared: new Map(),
      opsets: this.#analysis.graph.opsets,
      metadata: {},
    };
    return analyze(alone, { bind: {} }).nodes[0]!;
  }

  /** The type of a value, its free dimensions bound, with the channels that it has at these widths. */
  #typeAt(name: string, widths: Widths) {
    const type = this.#analysis.types.get(name)!;
    const layout = this.#ties.layouts.get(name);
    if (layout === undefined || type.shape === undefined) return type;
    return { ...type, shape: type.shape.with(layout.axis, placesAt(layout.segments, widths)) };
  }

  /** Distinct rows of segments with a free dimension among the values of a launch. */
  #ports(group: readonly AnalyzedNode[]): readonly (readonly Segment[])[] {
    const ports = new Map<string, readonly Segment[]>();
    for (const { node } of group)
      for (const name of [...node.inputs, ...node.outputs]) {
        const segments = this.#ties.layouts.get(name)?.segments;
        if (segments === undefined || freeDims([segments], this.#ties).length === 0) continue;
        ports.set(segmentsKey(segments), segments);
      }
    return [...ports.values()];
  }

  /** What two launches must have in common to take the same time at the same places of their ports. */
  #kind(group: readonly AnalyzedNode[], ports: readonly (readonly Segment[])[]): string {
    const numbers = new Map(ports.map((port, i) => [segmentsKey(port), i]));
    const local = new Map<string, number>();
    const value = (name: string): string => {
      if (name === "") return "";
      const type = this.#analysis.types.get(name);
      const layout = this.#ties.layouts.get(name);
      const port = layout && numbers.get(segmentsKey(layout.segments));
      const shape =
        port === undefined ? type?.shape : type?.shape?.with(layout!.axis, `port${port}`);
      let id = local.get(name);
      if (id === undefined) {
        id = local.size;
        local.set(name, id);
      }
      const constant = this.#constants.of(name) === undefined ? "" : "c";
      return `${id}${constant}${type?.dtype}[${shape?.join() ?? "?"}]`;
    };
    return group
      .map(({ node, flops, folded, params }) => {
        const names = [...node.inputs, ...node.outputs].map(value).join(" ");
        return `${node.op} ${JSON.stringify(node.attributes)} ${names} ${ports.length === 0 ? flops : ""} ${folded} ${params > 0}`;
      })
      .join(";");
  }
}

function weightsOf(work: Work): number {
  if (work.kind === "conv")
    return work.kernel.reduce((n, k) => n * k, (work.outChannels * work.inChannels) / work.groups);
  return work.kind === "matmul" && work.weightB ? work.n * work.k : 0;
}

/** Places that segments take at some widths. */
export function placesAt(segments: readonly Segment[], widths: Widths): number {
  let n = 0;
  for (const { dim, repeat } of segments) n += repeat * widths[dim]!;
  return n;
}

function sizedConstant(
  tensor: Tensor,
  slot: Exclude<Slot, { kind: "group" }>,
  widths: Widths,
): Tensor {
  switch (slot.kind) {
    case "size": {
      const sizes = integers(tensor);
      sizes[slot.index] = placesAt(slot.segments, widths);
      return int64s(sizes, tensor.dims);
    }
    case "grouped":
      return zeros(tensor.dtype, [
        widths[slot.outDim]!,
        widths[slot.inDim]! / slot.groups,
        ...tensor.dims.slice(2),
      ]);
    case "gather":
    case "consume":
      return zeros(tensor.dtype, tensor.dims.with(slot.axis, placesAt(slot.segments, widths)));
  }
}

function segmentsKey(segments: readonly Segment[]): string {
  return segments.map(({ dim, repeat }) => `${dim}x${repeat}`).join("+");
}

function freeDims(ports: readonly (readonly Segment[])[], ties: Ties): readonly number[] {
  const dims = new Set<number>();
  for (const port of ports)
    for (const { dim } of port) if (ties.dimensions[dim]!.fixed === undefined) dims.add(dim);
  return [...dims].sort((a, b) => a - b);
}
