/** A linear rise before a schedule: step t of `warmup` has the rate (t + 1) / warmup. */
import type { Formula } from "../formula.ts";

export function warmedUp(
  v: Formula,
  step: string,
  learningRate: number,
  warmup: number,
  after: string,
): string {
  const rising = v.mul(v.add(step, 1), learningRate / warmup);
  return v.where(v.less(step, warmup), rising, after);
}
