/** What an optimiser adds to the graph of a training step. */
import type { GraphBuilder } from "../../../graph/builder.ts";
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
  /** Steps done before this one, float32 []. */
  readonly step: string;
  /** The optimiser's own vectors, by the names in `Optimizer.moments`. */
  readonly moments: Readonly<Record<string, string>>;
}

export interface Optimizer {
  /** Names of the vectors it keeps between steps, each of the parameters' size, zero at first. */
  readonly moments: readonly string[];
  /** Adds the update's nodes; returns the names of the new values. */
  update(
    builder: GraphBuilder,
    inputs: UpdateInputs,
  ): { readonly parameters: string; readonly moments: Readonly<Record<string, string>> };
}
