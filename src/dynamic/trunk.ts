/**
 * The trunk of a classifier: the values that everything passes through on the way from the image to
 * the logits, grouped into stages of one resolution.
 */

import { reads } from "../graph/check.ts";
import { isStatic } from "../graph/dim.ts";
import type { Graph, Node } from "../graph/types.ts";
import { inferGraph } from "../ops/inference.ts";

/** A feature map [batch, channels, height, width] that is the only thing alive where it stands. */
export interface Cut {
  readonly value: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Nodes up to it, in order. */
  readonly position: number;
}

/** Cuts of one resolution, in order. */
export interface Stage {
  /** From 1. */
  readonly number: number;
  readonly height: number;
  readonly width: number;
  readonly cuts: readonly Cut[];
  /** The last of them: what the next stage begins with. */
  readonly end: Cut;
}

/**
 * @param output the logits
 * @returns the cuts before the logits, the image not among them
 */
export function cutsOf(graph: Graph, output: string): readonly Cut[] {
  const { types } = inferGraph(graph, {});
  const image = graph.inputs[0]!.name;
  const nodes = onTheWay(graph, output);
  /** Position of the last node that reads a value. */
  const last = new Map<string, number>();
  nodes.forEach((node, i) => {
    for (const name of reads(node)) last.set(name, i);
  });
  const dependent = new Set([image]);
  const alive = new Set([image]);
  const cuts: Cut[] = [];
  nodes.forEach((node, i) => {
    const inputs = [...reads(node)];
    const depends = inputs.some((name) => dependent.has(name));
    for (const name of inputs) if (last.get(name) === i) alive.delete(name);
    for (const name of node.outputs) {
      if (!depends || name === "") continue;
      dependent.add(name);
      if (last.has(name)) alive.add(name);
    }
    const [only, ...others] = alive;
    if (only === undefined || others.length > 0 || only !== node.outputs[0]) return;
    const shape = types.get(only)?.shape;
    const [, ...sizes] = shape ?? [];
    if (sizes.length !== 3 || !isStatic(sizes)) return;
    const [channels, height, width] = sizes as [number, number, number];
    cuts.push({ value: only, channels, height, width, position: i + 1 });
  });
  return cuts;
}

/** Cuts of one row of equal resolutions; a resolution of one position is no stage. */
export function stagesOf(cuts: readonly Cut[]): readonly Stage[] {
  const groups: Cut[][] = [];
  for (const cut of cuts) {
    if (cut.height * cut.width === 1) continue;
    const before = groups.at(-1)?.[0];
    if (before?.height === cut.height && before.width === cut.width) groups.at(-1)!.push(cut);
    else groups.push([cut]);
  }
  return groups.map((group, i) => ({
    number: i + 1,
    height: group[0]!.height,
    width: group[0]!.width,
    cuts: group,
    end: group.at(-1)!,
  }));
}

/** Nodes that the output depends on, in order. */
export function onTheWay(graph: Graph, output: string): readonly Node[] {
  const wanted = new Set([output]);
  const kept: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue;
    kept.push(node);
    for (const name of reads(node)) wanted.add(name);
  }
  return kept.reverse();
}
