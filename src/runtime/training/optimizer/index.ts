/** The optimisers by name. */
import { chosen } from "../check.ts";
import { adamW } from "./adamw.ts";
import { sgd } from "./sgd.ts";
import type { Optimizer, OptimizerOptions } from "./types.ts";

const OPTIMIZERS = { sgd, adamw: adamW } satisfies Record<
  OptimizerOptions["name"],
  (options: never) => Optimizer
>;

export const optimizerNames = Object.keys(OPTIMIZERS) as readonly OptimizerOptions["name"][];

/** @throws UserError for an unknown name or settings out of range */
export function optimizer(options: OptimizerOptions): Optimizer {
  const make = chosen("optimizer", OPTIMIZERS, options.name);
  return (make as (options: OptimizerOptions) => Optimizer)(options);
}
