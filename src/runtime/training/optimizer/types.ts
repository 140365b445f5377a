/** What an optimiser adds to the graph of a training step. */
import type { Formula } from "../formula.ts";
import type { AdamWOptions } from "./adamw.ts";
import type { SgdOptions } from "./sgd.ts";

/** An optimiser by name, with its own settings. */
export type OptimizerOptions =
  | ({ readonly name: "sgd" } & SgdOptions)
  | ({ readonly name: "adamw" } & AdamWOptions);

/** Value names that an update starts from; vectors are flat, float32 [parameters]. */
export interface UpdateInputs {
  readonly parameters: string;
  readonly gradient: string;
  /** float32 []. */
  readonly learningRate: string;
  /** Steps done before this one, int64 [1]. */
  readonly step: string;
  /** The optimiser's own vectors, by the names in `Optimizer.moments`. */
  readonly moments: Readonly<Record<string, string>>;
}

/** Names of the new values. */
export interface Update {
  readonly parameters: string;
  readonly moments: Readonly<Record<string, string>>;
}

export interface Optimizer {
  /** Names of the vectors it keeps between steps, each of the parameters' size, zero at first. */
  readonly moments: readonly string[];
  /** Adds the update's nodes. */
  update(v: Formula, inputs: UpdateInputs): Update;
}
