/** The same learning rate in every step, after a linear rise. */
import { nonNegative, positive } from "../check.ts";
import type { Schedule } from "./types.ts";
import { warmedUp } from "./warmup.ts";

export interface ConstantOptions {
  readonly learningRate: number;
  /** Steps of the rise, the first at `learningRate / warmup`. Default 0. */
  readonly warmup?: number;
}

/** @throws UserError for settings out of range */
export function constant({ learningRate, warmup = 0 }: ConstantOptions): Schedule {
  positive("constant: learningRate", learningRate);
  nonNegative("constant: warmup", warmup);
  return (v, step) =>
    warmup === 0
      ? v.apply("Identity", [learningRate])
      : warmedUp(v, step, learningRate, warmup, v.number(learningRate));
}
