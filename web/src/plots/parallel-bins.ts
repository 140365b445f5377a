/**
 * Parallel coordinates of many trials: between two neighbouring axes, lines whose ends fall into the
 * same two pixels are one line with a weight. What is drawn is bounded by the height, not the number
 * of trials.
 */

export interface Bundle {
  /** Levels, 0 at the bottom, of the left and the right axis. */
  readonly from: Uint16Array;
  readonly to: Uint16Array;
  /** Trials that run there. */
  readonly weight: Uint32Array;
}

/** Level of each value between 0 and `levels - 1`; -1 of what is not on the axis. */
export function levelsOf(
  values: ArrayLike<number>,
  [low, high]: readonly [number, number],
  levels: number,
): Int16Array {
  const out = new Int16Array(values.length);
  const scale = (levels - 1) / (high - low || 1);
  for (let i = 0; i < out.length; i++) {
    const at = Math.round((values[i]! - low) * scale);
    out[i] = at >= 0 && at < levels ? at : -1;
  }
  return out;
}

/** @param kept 1 of the rows that are drawn */
export function bundle(
  left: Int16Array,
  right: Int16Array,
  levels: number,
  kept: Uint8Array,
): Bundle {
  const counts = new Uint32Array(levels * levels);
  let distinct = 0;
  for (let i = 0; i < left.length; i++) {
    if (kept[i] === 0 || left[i]! < 0 || right[i]! < 0) continue;
    const at = left[i]! * levels + right[i]!;
    if (counts[at] === 0) distinct++;
    counts[at]!++;
  }
  const from = new Uint16Array(distinct);
  const to = new Uint16Array(distinct);
  const weight = new Uint32Array(distinct);
  for (let at = 0, n = 0; at < counts.length; at++) {
    if (counts[at] === 0) continue;
    from[n] = Math.floor(at / levels);
    to[n] = at % levels;
    weight[n++] = counts[at]!;
  }
  return { from, to, weight };
}

/** How firm a line of this weight is, 0 to 1, in `steps` steps: by the logarithm of its share. */
export function firmness(weight: number, heaviest: number, steps: number): number {
  if (heaviest <= 1) return 1;
  const share = Math.log1p(weight) / Math.log1p(heaviest);
  return Math.ceil(share * steps) / steps;
}
