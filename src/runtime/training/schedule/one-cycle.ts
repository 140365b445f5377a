/** Up and down once in two half cosines (Smith & Topin 2018), as PyTorch's `OneCycleLR` anneals. */
import { UserError } from "../../../base/errors.ts";
import { positive } from "../check.ts";
import type { Formula } from "../formula.ts";
import type { Schedule } from "./types.ts";

export interface OneCycleOptions {
  /** The highest rate. */
  readonly learningRate: number;
  /** Of the whole training. */
  readonly steps: number;
  /** Share of the steps that rise. Default 0.3. */
  readonly rise?: number;
  /** The first rate is the highest one over this. Default 25. */
  readonly initialDivisor?: number;
  /** The last rate is the first one over this. Default 1e4. */
  readonly finalDivisor?: number;
}

/** @throws UserError for settings out of range, or where a phase has no step */
export function oneCycle(options: OneCycleOptions): Schedule {
  const { learningRate, steps, rise = 0.3, initialDivisor = 25, finalDivisor = 1e4 } = options;
  positive("one-cycle: learningRate", learningRate);
  positive("one-cycle: initialDivisor", initialDivisor);
  positive("one-cycle: finalDivisor", finalDivisor);
  // PyTorch's ends of the phases, counted from step 0.
  const [top, end] = [rise * steps - 1, steps - 1];
  if (!(top > 0 && end > top))
    throw new UserError(`one-cycle: a rise of ${rise} of ${steps} steps leaves a phase empty`, {
      hint: `choose a rise between ${(1 / steps).toPrecision(2)} and 1`,
      exitCode: 2,
    });
  const first = learningRate / initialDivisor;
  const last = first / finalDivisor;
  return (v, step) => {
    const rising = halfCosine(v, v.div(step, top), first, learningRate);
    const done = v.min(v.div(v.sub(step, top), end - top), 1);
    const falling = halfCosine(v, done, learningRate, last);
    return v.where(v.apply("Greater", [step, top]), falling, rising);
  };
}

/** From `from` at 0 to `to` at 1. */
function halfCosine(v: Formula, done: string, from: number, to: number): string {
  const wave = v.add(v.apply("Cos", [v.mul(done, Math.PI)]), 1);
  return v.add(v.mul(wave, (from - to) / 2), to);
}
