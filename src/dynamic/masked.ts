/** The network with its regions switched off by masks: all is computed, and what is off counts nothing. */
import { int } from "../graph/attribute.ts";
import { checkGraph } from "../graph/check.ts";
import { indexGraph, nameMaker, renameReads } from "../graph/edit.ts";
import { topologicalOrder } from "../graph/order.ts";
import type { Graph } from "../graph/types.ts";
import { Scope } from "./deploy/scope.ts";
import type { DynamicNetwork, RegionOf } from "./plan.ts";

/** ONNX's number of the type. */
const FLOAT = 1;

export interface Masked {
  /** Outputs: the logits, each exit's logits, then each region's share that is on, float32 [batch]. */
  readonly graph: Graph;
  readonly logits: readonly string[];
  readonly shares: readonly string[];
}

/** @throws UserError where the plan does not fit the graph */
export function masked({ graph, plan }: DynamicNetwork): Masked {
  const fresh = nameMaker(graph);
  let out = graph;
  const shares = plan.regions.map((region) => {
    const scope = new Scope(fresh, region.name);
    const share = scope.fresh("share");
    if (region.kind === "layer") out = maskLayer(out, region, scope, share);
    return share;
  });
  const logits = [...plan.exits.map((exit) => exit.logits), graph.outputs[0]!.name];
  const value = (name: string) => ({ name, dtype: "float32" as const, shape: undefined });
  const done = {
    ...out,
    nodes: topologicalOrder(out.nodes),
    outputs: [...new Set([graph.outputs[0]!.name, ...logits, ...shares])].map(value),
  };
  checkGraph(done);
  return { graph: done, logits, shares };
}

/** Every reader of the branch reads it times 1 or 0. */
function maskLayer(graph: Graph, region: RegionOf<"layer">, scope: Scope, share: string): Graph {
  const open = scope.add("GreaterOrEqual", "open", [
    region.score,
    scope.number("threshold", region.threshold),
  ]);
  const mask = scope.add("Cast", "mask", [open], { to: int(FLOAT) });
  scope.add("Reshape", "share", [mask, scope.integers(-1)], {}, share);
  const each = scope.add("Reshape", "each", [mask, scope.integers(-1, 1, 1, 1)]);
  const product = scope.add("Mul", "masked", [region.output, each]);
  return withMask(graph, region.output, product, scope);
}

/** Every reader of a value reads its masked form; the scope's nodes and constants are added. */
export function withMask(graph: Graph, value: string, by: string, scope: Scope): Graph {
  const readers = new Set(indexGraph(graph).consumers(value));
  const names = new Map([[value, by]]);
  return {
    ...graph,
    nodes: [
      ...graph.nodes.map((node) => (readers.has(node) ? renameReads(node, names) : node)),
      ...scope.nodes,
    ],
    initializers: new Map([...graph.initializers, ...scope.initializers]),
  };
}
