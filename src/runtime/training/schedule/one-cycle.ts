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

/**
 * As in PyTorch, a rise of less than one step is none: the rate falls from the highest one at once.
 * Where PyTorch divides by zero (a rise of just one step) the same holds, and a training of a single
 * step is at the highest rate (there, at the last one, which trains nothing).
 *
 * @throws UserError for settings out of range
 */
export function oneCycle(options: OneCycleOptions): Schedule {
  const { learningRate, steps, rise = 0.3, initialDivisor = 25, finalDivisor = 1e4 } = options;
  positive("one-cycle: learningRate", learningRate);
  positive("one-cycle: steps", steps);
  positive("one-cycle: initialDivisor", initialDivisor);
  positive("one-cycle: finalDivisor", finalDivisor);
  if (!(rise >= 0 && rise <= 1))
    throw new UserError(`one-cycle: rise = ${rise}, expected a number from 0 to 1`, {
      hint: "correct it",
      exitCode: 2,
    });
  // PyTorch's ends of the phases, counted from step 0.
  const [top, end] = [steps === 1 ? 0 : rise * steps - 1, steps - 1];
  const first = learningRate / initialDivisor;
  const last = first / finalDivisor;
  return (v, step) => {
    const falling = () => {
      const done = v.div(v.sub(step, top), Math.max(end - top, 1e-6));
      return halfCosine(v, v.min(v.max(done, 0), 1), learningRate, last);
    };
    if (top <= 0) return falling();
    const rising = halfCosine(v, v.min(v.div(step, top), 1), first, learningRate);
    return v.where(v.apply("Greater", [step, top]), falling(), rising);
  };
}

/** From `from` at 0 to `to` at 1. */
function halfCosine(v: Formula, done: string, from: number, to: number): string {
  const wave = v.add(v.apply("Cos", [v.mul(done, Math.PI)]), 1);
  return v.add(v.mul(wave, (from - to) / 2), to);
}
