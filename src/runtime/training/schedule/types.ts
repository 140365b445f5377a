/** What a learning-rate schedule adds to the graph of a training step. */
import type { Formula } from "../formula.ts";
import type { ConstantOptions } from "./constant.ts";
import type { CosineOptions } from "./cosine.ts";
import type { OneCycleOptions } from "./one-cycle.ts";

/** A schedule by name, with its own settings. */
export type ScheduleOptions =
  | ({ readonly name: "constant" } & ConstantOptions)
  | ({ readonly name: "cosine" } & CosineOptions)
  | ({ readonly name: "one-cycle" } & OneCycleOptions);

/**
 * Adds the nodes of the learning rate.
 *
 * @param step steps done before this one, float32 []
 * @returns name of the learning rate of this step, float32 []
 */
export type Schedule = (v: Formula, step: string) => string;
