/** What a tensor holds, in a few numbers. */
import { elementsAsNumbers } from "./convert.ts";
import type { DenseTensor } from "./types.ts";

/** Of the finite elements; absent where there is none. */
export interface TensorStatistics {
  readonly mean?: number;
  /** Population standard deviation. */
  readonly std?: number;
  readonly min?: number;
  readonly max?: number;
  /** Elements that are NaN or infinite. */
  readonly notFinite: number;
}

export function tensorStatistics(tensor: DenseTensor): TensorStatistics {
  const values = elementsAsNumbers(tensor);
  let count = 0;
  let mean = 0;
  let squares = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const x = Number(values[i]);
    if (!Number.isFinite(x)) continue;
    count++;
    // Welford's recurrence: no cancellation where the mean is large.
    const delta = x - mean;
    mean += delta / count;
    squares += delta * (x - mean);
    min = Math.min(min, x);
    max = Math.max(max, x);
  }
  const notFinite = values.length - count;
  if (count === 0) return { notFinite };
  return { mean, std: Math.sqrt(squares / count), min, max, notFinite };
}
