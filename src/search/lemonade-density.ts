/** Kernel density of points, to draw where they lie thinly. */
import type { Rng } from "../base/rng.ts";

/** Density at a point, up to a factor that is the same for all. */
export type Density = (point: readonly number[]) => number;

/**
 * A Gaussian kernel on every point, as wide along each axis as Scott's rule says: the axis's
 * standard deviation times n^(-1/(d + 4)) (Scott, Multivariate Density Estimation, 1992, eq. 6.44).
 * An axis on which no point is 0 and all have one sign is taken in logarithms: sizes and times of
 * networks span decades. Axes without spread (in logarithms: of less than a millionth, which would
 * be rounding and depend on the unit) count nothing; infinities count as the farthest number.
 *
 * @param points all of one length; none: the density is 1 everywhere
 */
export function kernelDensity(points: readonly (readonly number[])[]): Density {
  const n = points.length;
  if (n === 0) return () => 1;
  const axes = points[0]!.flatMap((_, k) => {
    const { transform, least } = scaleOf(points.map((p) => p[k]!));
    const values = Float64Array.from(points, (p) => transform(p[k]!));
    const mean = values.reduce((a, b) => a + b, 0) / n;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
    const deviation = Math.sqrt(variance);
    return deviation > least ? [{ k, transform, values, deviation }] : [];
  });
  const factor = n ** (-1 / (axes.length + 4));
  return (point) => {
    const at = axes.map(({ k, transform }) => transform(point[k]!));
    let sum = 0;
    for (let i = 0; i < n; i++) {
      let squares = 0;
      for (let a = 0; a < axes.length; a++) {
        const { values, deviation } = axes[a]!;
        squares += ((values[i]! - at[a]!) / (factor * deviation)) ** 2;
      }
      sum += Math.exp(-0.5 * squares);
    }
    return sum / n;
  };
}

/** How an axis is measured, and the deviation along it that counts as none. */
function scaleOf(values: readonly number[]): { transform: (x: number) => number; least: number } {
  const finite = values.filter(Number.isFinite);
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  if (finite.length === 0) return { transform: () => 0, least: 0 };
  if (low > 0 || high < 0) {
    const magnitudes = [Math.log(Math.abs(low)), Math.log(Math.abs(high))];
    const [least, most] = [Math.min(...magnitudes), Math.max(...magnitudes)];
    // Beyond the points that were given the scale goes on, but not to what has no logarithm.
    const span = Math.max(1, most - least);
    const transform = (x: number) => {
      const y = Math.log(Math.max(0, low > 0 ? x : -x));
      return Math.min(most + 10 * span, Math.max(least - 10 * span, y));
    };
    return { transform, least: 1e-6 };
  }
  const span = high - low || 1;
  const transform = (x: number) => Math.min(high + 10 * span, Math.max(low - 10 * span, x));
  return { transform, least: 0 };
}

/** Beyond this ratio of densities a point counts as no farther out. */
const LARGEST_RATIO = 1e9;

/** Weights to draw with: 1 / density. */
export function inverseDensities(
  points: readonly (readonly number[])[],
  density: Density,
): Float64Array {
  const densities = Float64Array.from(points, density);
  const most = densities.reduce((a, b) => Math.max(a, b), 0);
  const floor = most === 0 ? 1 : most / LARGEST_RATIO;
  return densities.map((x) => 1 / Math.max(x, floor));
}

/** An index, drawn with a probability proportional to its weight. */
export function weightedPick(weights: Float64Array, rng: Rng): number {
  const total = weights.reduce((a, b) => a + b, 0);
  let at = rng.float() * total;
  for (let i = 0; i < weights.length; i++) {
    at -= weights[i]!;
    if (at < 0) return i;
  }
  // Rounding may leave a little: the last that has any weight.
  return weights.findLastIndex((w) => w > 0);
}

/** `count` different indices, drawn one after the other; ascending. */
export function weightedSample(weights: Float64Array, count: number, rng: Rng): number[] {
  const left = weights.slice();
  const chosen: number[] = [];
  while (chosen.length < Math.min(count, weights.length)) {
    const i = weightedPick(left, rng);
    if (i < 0) break;
    left[i] = 0;
    chosen.push(i);
  }
  return chosen.sort((a, b) => a - b);
}
