/** Values named as inputs and outputs of the step are given other names. */
import { nameMaker, renameValues } from "../../graph/edit.ts";
import type { Graph } from "../../graph/types.ts";
import { renameForm, type TrainingForm } from "./form.ts";
import { LABELS, nextName, STATE } from "./layout.ts";
import type { Optimizer } from "./optimizer/types.ts";
import { STEP_OUTPUTS } from "./types.ts";

/** Network and form get the same names: by them a weight is known in both. */
export function withoutReserved(
  network: Graph,
  form: TrainingForm | undefined,
  solver: Optimizer,
): { readonly network: Graph; readonly form: TrainingForm | undefined } {
  const states = [...Object.values(STATE), ...solver.moments];
  const reserved = [...Object.values(STEP_OUTPUTS), LABELS, ...states, ...states.map(nextName)];
  const both = form === undefined ? network : together(network, form.graph);
  const used = new Set([
    ...both.inputs.map((v) => v.name),
    ...both.initializers.keys(),
    ...both.nodes.flatMap((node) => node.outputs),
  ]);
  const clashes = reserved.filter((name) => used.has(name));
  if (clashes.length === 0) return { network, form };
  const fresh = nameMaker(both);
  const names = new Map(clashes.map((name) => [name, fresh(`network/${name}`)]));
  return { network: renameValues(network, names), form: form && renameForm(form, names) };
}

/** No graph that means anything, but all names of the two. */
function together(a: Graph, b: Graph): Graph {
  return {
    ...a,
    inputs: [...a.inputs, ...b.inputs],
    nodes: [...a.nodes, ...b.nodes],
    initializers: new Map([...a.initializers, ...b.initializers]),
  };
}
