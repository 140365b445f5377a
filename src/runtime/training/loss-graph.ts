/** The network with its loss behind it: what is differentiated. */
import type { Graph } from "../../graph/types.ts";
import { Formula } from "./formula.ts";
import { LABELS, type Layout, STATE } from "./layout.ts";
import { correctCount, crossEntropy, type LossInputs } from "./loss.ts";
import { builderFor, replay } from "./replay.ts";
import { takeApart, total } from "./slots.ts";
import { STEP_OUTPUTS } from "./types.ts";

/** Inputs: images, labels and the flat vectors that weights and running statistics are parts of. */
export function lossGraph(layout: Layout, batch: number, inputs: LossInputs): Graph {
  const { graph } = layout.network;
  const builder = builderFor(graph);
  const v = new Formula(builder);
  for (const { name, shape, dtype } of graph.inputs) builder.input(name, shape, dtype);
  if (inputs.form === "indices") builder.input(LABELS, [batch], "int64");
  else builder.input(LABELS, [batch, inputs.classes]);
  const taken = new Set<string>();
  for (const [flat, slots] of [
    [STATE.parameters, layout.parameters],
    [STATE.running, layout.running],
  ] as const) {
    if (slots.length === 0) continue;
    builder.input(flat, [total(slots)]);
    takeApart(v, flat, slots);
    for (const slot of slots) taken.add(slot.name);
  }
  for (const [name, tensor] of graph.initializers)
    if (!taken.has(name)) builder.initializer(name, tensor);
  replay(builder, graph);
  const loss = crossEntropy(v, inputs);
  builder.add("Identity", [loss], {}, { outputs: [STEP_OUTPUTS.loss] });
  builder.add("Identity", [correctCount(v, inputs)], {}, { outputs: [STEP_OUTPUTS.correct] });
  builder.output(STEP_OUTPUTS.loss, []);
  builder.output(STEP_OUTPUTS.correct, [], "int64");
  return builder.build();
}
