/** Exponential moving average of weights: average += (1 - decay) (value - average). */
import type { Formula } from "./formula.ts";

export function movingAverage(v: Formula, average: string, value: string, decay: number): string {
  v.scoped("average");
  return v.add(average, v.mul(v.sub(value, average), 1 - decay));
}
