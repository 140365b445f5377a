/** The state that one step hands to the next. */
import { invariant } from "../../base/errors.ts";
import type { DenseTensor } from "../types.ts";
import type { TrainingState, TrainingStep } from "./types.ts";

/** @param outputs of a run of `step.graph` */
export function stateAfter(
  step: TrainingStep,
  outputs: Readonly<Record<string, DenseTensor>>,
): TrainingState {
  return Object.fromEntries(
    step.state.map(({ name, next }) => {
      const tensor = outputs[next];
      invariant(tensor !== undefined, `the step's outputs have no ${next}`);
      return [name, tensor];
    }),
  );
}
