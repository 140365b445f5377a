/** What a step's inputs and outputs are called, and where weights lie in its state. */
import type { TrainingNetwork } from "./network.ts";
import type { Slot } from "./types.ts";

export const LABELS = "labels";

/** Names of the state; `moments` are the optimiser's own. */
export const STATE = {
  parameters: "parameters",
  running: "running",
  step: "step",
  average: "average",
  averageRunning: "average_running",
} as const;

export function nextName(name: string): string {
  return `${name}_next`;
}

/** The network to train and where its weights lie. */
export interface Layout {
  readonly network: TrainingNetwork;
  readonly parameters: readonly Slot[];
  readonly running: readonly Slot[];
}
