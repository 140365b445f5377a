/** Multiply-accumulates of parts of a network. */
import type { Graph } from "../graph/types.ts";
import { analyze } from "../ops/analyze.ts";
import { onTheWay } from "./trunk.ts";

/** Of one input, what the graph's outputs need. */
export function macsOf(graph: Graph): number {
  const names = new Set(
    graph.outputs.flatMap(({ name }) => onTheWay(graph, name)).map((node) => node.name),
  );
  return sumOf(macsByNode(graph), names);
}

/** Of one input, by node name. */
export function macsByNode(graph: Graph): ReadonlyMap<string, number> {
  return new Map(analyze(graph).nodes.map(({ node, macs }) => [node.name, macs]));
}

export function sumOf(macs: ReadonlyMap<string, number>, names: Iterable<string>): number {
  let sum = 0;
  for (const name of names) sum += macs.get(name) ?? 0;
  return sum;
}
