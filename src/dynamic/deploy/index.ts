/** The network as it is deployed: one plain ONNX graph that computes what each input needs. */
import { checkGraph } from "../../graph/check.ts";
import { nameMaker, removeDead } from "../../graph/edit.ts";
import { topologicalOrder } from "../../graph/order.ts";
import type { Graph } from "../../graph/types.ts";
import { inferGraph } from "../../ops/inference.ts";
import { withoutIdle } from "../idle.ts";
import { type DynamicNetwork, isAbsorbed, PLAN_KEY } from "../plan.ts";
import { withBlockOpset } from "../rewrite.ts";
import { deployChannels } from "./channels.ts";
import { deployExits } from "./exits.ts";
import { guarded } from "./guard.ts";
import { deployLayer } from "./layers.ts";
import { deploySpatial } from "./spatial.ts";

export { EXIT } from "./exits.ts";

/**
 * Inputs: the network's. Outputs: its logits; `exit`, int64 [batch], where the network has exits.
 * Standard operators only, and no tool of ours is needed to run it.
 *
 * @throws UserError where the plan does not fit the graph
 */
export function deployed(network: DynamicNetwork): Graph {
  const { plan } = network;
  const graph = withBlockOpset(network.graph, plan);
  const { types } = inferGraph(graph, {});
  const fresh = nameMaker(graph);
  let out = graph;
  for (const region of plan.regions)
    if (region.kind === "layer" && !isAbsorbed(plan, region))
      out = deployLayer(out, region, fresh, types);
  out = deployChannels(out, plan, types);
  out = deploySpatial(out, graph, plan, types);
  const decided = new Set(plan.exits.map((exit) => exit.logits));
  const [logits, ...others] = out.outputs;
  const kept = [logits!, ...others.filter(({ name }) => decided.has(name))];
  const ordered = { ...out, outputs: kept, nodes: topologicalOrder(out.nodes) };
  out = withoutIdle(removeDead(ordered), types);
  if (plan.exits.length > 0) out = deployExits(out, plan.exits, types);
  const classes = types.get(logits!.name)?.shape?.at(-1);
  if (typeof classes === "number" && plan.regions.some((region) => region.kind !== "layer"))
    out = guarded(out, classes);
  const { [PLAN_KEY]: _, ...metadata } = graph.metadata;
  const outputs = out.outputs.map((value) => ({
    ...value,
    shape: value.shape ?? types.get(value.name)?.shape,
  }));
  const done = { ...out, outputs, nodes: topologicalOrder(out.nodes), metadata };
  checkGraph(done);
  return done;
}
