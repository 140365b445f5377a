/**
 * A skipped residual branch: the inputs whose gate is open are gathered, their branch is computed and
 * added, and the sums are scattered over the others, which pass as they are.
 */
import { UserError } from "../../base/errors.ts";
import { graphAttribute, int } from "../../graph/attribute.ts";
import { indexGraph, renameReads } from "../../graph/edit.ts";
import type { Graph, Node, Tensor } from "../../graph/types.ts";
import type { RegionOf } from "../plan.ts";
import { moveInto, Scope, type ScopeNames, type Types } from "./scope.ts";

export function deployLayer(
  graph: Graph,
  region: RegionOf<"layer">,
  fresh: ScopeNames,
  types: Types,
): Graph {
  const index = indexGraph(graph);
  const sum = index
    .consumers(region.output)
    .find((node) => node.op === "Add" && node.inputs.includes(region.input));
  if (sum === undefined || index.consumers(region.output).length !== 1)
    throw new UserError(
      `${graph.name}: nothing adds ${region.output} to ${region.input}, as the plan's ${region.name} says`,
      { hint: "convert the network anew: tidemark dynamic convert" },
    );
  const [result] = sum.outputs as [string];
  const scope = new Scope(fresh, region.name);
  const open = scope.add("GreaterOrEqual", "open", [
    region.score,
    scope.number("threshold", region.threshold),
  ]);
  const flat = scope.add("Reshape", "flat", [open, scope.integers(-1)]);
  const found = scope.add("NonZero", "found", [flat]);
  const rows = scope.add("Reshape", "rows", [found, scope.integers(-1)]);
  const some = scope.add("Greater", "some", [
    scope.add("Size", "count", [rows]),
    scope.integer("zero", 0),
  ]);

  const then = scope.inner(`${region.name}/branch`);
  const own = then.add("Gather", "inputs", [region.input, rows], { axis: int(0) });
  const type = types.get(region.input);
  if (type !== undefined) then.declare(own, type, `${region.name}_open`);
  const names = new Map([[region.input, own]]);
  const inside = new Set(region.nodes);
  const nodes = graph.nodes.filter((node) => inside.has(node.name));
  then.nodes.push(...nodes.map((node) => renameReads(node, names)));
  const added = then.add("Add", "sum", [own, region.output]);
  const at = then.add("Unsqueeze", "at", [rows, then.integers(1)]);
  const put = then.add("ScatterND", "put", [region.input, at, added]);
  const others = graph.nodes.filter((node) => !inside.has(node.name));
  const initializers = moveInto(then, graph.initializers, others);
  const none = scope.inner(`${region.name}/skipped`);
  const same = none.add("Identity", "same", [region.input]);
  const value = (name: string) => [{ name, ...types.get(region.input)! }];
  scope.addMany("If", "if", [some], [result], {
    then_branch: graphAttribute(then.body(`${region.name}: computed`, value(put))),
    else_branch: graphAttribute(none.body(`${region.name}: skipped`, value(same))),
  });
  return {
    ...graph,
    nodes: others.flatMap((node): readonly Node[] =>
      node.name === sum.name ? scope.nodes : [node],
    ),
    initializers: new Map<string, Tensor>([...initializers, ...scope.initializers]),
    declared: new Map(),
  };
}
