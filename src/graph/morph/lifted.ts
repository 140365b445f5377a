/** Constant nodes as initializers: what looks for a constant then need look in one place only. */
import type { Graph } from "../types.ts";
import { constantsOf } from "./constants.ts";

/** Nodes inside subgraphs stay; what they read from outside they still find by its name. */
export function withLiftedConstants(graph: Graph): Graph {
  const constants = constantsOf(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const initializers = new Map(graph.initializers);
  const nodes = graph.nodes.filter((node) => {
    const [name] = node.outputs;
    const value = name === undefined ? undefined : constants.of(name);
    if (value === undefined || outputs.has(name!)) return true;
    initializers.set(name!, value);
    return false;
  });
  return nodes.length === graph.nodes.length ? graph : { ...graph, nodes, initializers };
}
