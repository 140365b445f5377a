/** Counts in bins of equal width. */

export interface Histogram {
  readonly low: number;
  /** Of each bin, in the unit of the values. */
  readonly step: number;
  readonly counts: Uint32Array;
}

/** Edges at which `values` fall into `bins` bins; undefined without a finite value. */
export function binning(
  values: Float64Array,
  bins: number,
): { readonly low: number; readonly step: number } | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return undefined;
  const step = (high - low) / bins;
  if (step > 0) return { low, step };
  // One value, or some that are nearer than a bin can be wide.
  const half = Math.abs(low) / 2 || 0.5;
  return { low: low - half, step: (2 * half) / bins };
}

/** @param counted which values count; absent: all. Others than finite ones never do. */
export function histogram(
  values: Float64Array,
  { low, step }: { readonly low: number; readonly step: number },
  bins: number,
  counted?: (row: number) => boolean,
): Histogram {
  const counts = new Uint32Array(bins);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value) || (counted !== undefined && !counted(i))) continue;
    const at = Math.floor((value - low) / step);
    // The largest value closes the last bin.
    counts[Math.min(bins - 1, Math.max(0, at))]!++;
  }
  return { low, step, counts };
}
