/** What a learning-rate schedule adds to the graph of a training step. */
import type { GraphBuilder } from "../../../graph/builder.ts";
import type { ConstantOptions } from "./constant.ts";
import type { CosineOptions } from "./cosine.ts";
import type { OneCycleOptions } from "./one-cycle.ts";

/** A schedule by name, with its own settings. */
export type ScheduleOptions =
  | ({ readonly name: "constant" } & ConstantOptions)
  | ({ readonly name: "cosine" } & CosineOptions)
  | ({ readonly name: "one-cycle" } & OneCycleOptions);

export interface Schedule {
  /**
   * @param step steps done before this one, float32 []
   * @returns name of the learning rate of this step, float32 []
   */
  add(builder: GraphBuilder, step: string): string;
}
