/** Where the values of a colour scale begin and end, and whether some lie beyond. */
export interface ColourRange {
  readonly low: number;
  readonly high: number;
  readonly below: boolean;
  readonly above: boolean;
}

/** Share of the values beyond each end of a scale whose outliers would take most of its colours. */
const OUTLIERS = 0.05;

/** The whole range, or, where outliers take more than half of it, the range without them. */
export function colourRange(data: Float64Array): ColourRange {
  const sorted = data.filter(Number.isFinite).sort();
  if (sorted.length === 0) return { low: 0, high: 1, below: false, above: false };
  const [least, most] = [sorted[0]!, sorted.at(-1)!];
  const low = sorted[Math.floor(OUTLIERS * (sorted.length - 1))]!;
  const high = sorted[Math.ceil((1 - OUTLIERS) * (sorted.length - 1))]!;
  if (high === low || 2 * (high - low) > most - least)
    return { low: least, high: most, below: false, above: false };
  return { low, high, below: low > least, above: high < most };
}

/** Least and largest finite value; [0, 1] without one. */
export function rangeOf(data: Float64Array): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const x of data) {
    if (!Number.isFinite(x)) continue;
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return low > high ? [0, 1] : [low, high];
}
