/** Half a cosine from the full rate to the final one, after a linear rise (Loshchilov & Hutter 2017). */
import { UserError } from "../../../base/errors.ts";
import { nonNegative, positive, share } from "../check.ts";
import type { Schedule } from "./types.ts";
import { warmedUp } from "./warmup.ts";

export interface CosineOptions {
  readonly learningRate: number;
  /** Of the whole training. */
  readonly steps: number;
  /** Steps of the rise, the first at `learningRate / warmup`. Default 0. */
  readonly warmup?: number;
  /** Share of the rate at the end. Default 0. */
  readonly final?: number;
}

/** @throws UserError for settings out of range */
export function cosine(options: CosineOptions): Schedule {
  const { learningRate, steps, warmup = 0, final = 0 } = options;
  positive("cosine: learningRate", learningRate);
  positive("cosine: steps", steps);
  nonNegative("cosine: warmup", warmup);
  share("cosine: final", final);
  if (warmup >= steps)
    throw new UserError(`cosine: a rise of ${warmup} steps leaves nothing of ${steps}`, {
      hint: "choose a shorter warmup, or more steps",
      exitCode: 2,
    });
  return (v, step) => {
    const done = v.min(v.div(v.max(v.sub(step, warmup), 0), steps - warmup), 1);
    const wave = v.add(v.apply("Cos", [v.mul(done, Math.PI)]), 1);
    const rate = v.add(v.mul(wave, (learningRate * (1 - final)) / 2), learningRate * final);
    return warmup === 0 ? rate : warmedUp(v, step, learningRate, warmup, rate);
  };
}
