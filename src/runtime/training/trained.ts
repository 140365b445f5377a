/** The network with the weights of a state: what is evaluated, kept and exported. */
import { UserError } from "../../base/errors.ts";
import type { Graph } from "../../graph/types.ts";
import { STATE } from "./layout.ts";
import { tensorAt } from "./slots.ts";
import type { TrainingState, TrainingStep, WeightChoice } from "./types.ts";

/**
 * In inference form, with the names and the free batch of the network that was given.
 *
 * @param weights `averaged`: the exponential moving average of weights and running statistics
 * @throws UserError where an average is asked for and none is kept
 */
export function trainedGraph(
  step: TrainingStep,
  state: TrainingState,
  weights: WeightChoice = "raw",
): Graph {
  if (weights === "averaged" && step.options.emaDecay === undefined)
    throw new UserError("averaged weights were asked for, but no average is kept", {
      hint: "give emaDecay, e.g. 0.999",
      exitCode: 2,
    });
  const averaged = weights === "averaged";
  const initializers = new Map(step.network.initializers);
  for (const [slots, name] of [
    [step.parameters, averaged ? STATE.average : STATE.parameters],
    [step.running, averaged ? STATE.averageRunning : STATE.running],
  ] as const)
    for (const slot of slots)
      initializers.set(slot.name, tensorAt(state[name]!.data as Float32Array, slot));
  return { ...step.network, initializers };
}
