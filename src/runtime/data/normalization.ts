/** Mean and standard deviation of each channel (images) or feature (tables). */
import type { SampleSet } from "./types.ts";

/** Of images whose bytes are scaled to [0, 1]; of the values themselves where samples are float32. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Samples of a set, by index. */
export interface SampleView {
  readonly set: SampleSet;
  readonly indices: Int32Array;
}

export function wholeSet(set: SampleSet): SampleView {
  return { set, indices: Int32Array.from({ length: set.count }, (_, i) => i) };
}

/** How much one step of a stored element is. */
export const elementScale = (set: SampleSet) => (set.samples instanceof Uint8Array ? 1 / 255 : 1);

/** A deviation of zero (a channel that is the same everywhere) counts as 1. */
export function normalizationOf({ set, indices }: SampleView): Normalization {
  const { shape, samples } = set;
  const channels = shape[0]!;
  const size = shape.reduce((a, b) => a * b, 1);
  const area = size / channels;
  const mean: number[] = [];
  const std: number[] = [];
  for (let c = 0; c < channels; c++) {
    const { m, s } =
      samples instanceof Uint8Array
        ? byHistogram(samples, indices, size, c * area, area)
        : inTwoPasses(samples, indices, size, c * area, area);
    mean.push(m);
    std.push(s > 0 ? s : 1);
  }
  return { mean, std };
}

/** Exact up to the last division: counts are integers. */
function byHistogram(
  samples: Uint8Array,
  indices: Int32Array,
  size: number,
  offset: number,
  area: number,
) {
  const counts = new Float64Array(256);
  for (const index of indices) {
    const start = index * size + offset;
    for (let i = start; i < start + area; i++) counts[samples[i]!]!++;
  }
  const all = indices.length * area;
  let sum = 0;
  for (let v = 0; v < 256; v++) sum += v * counts[v]!;
  const m = sum / all;
  let squares = 0;
  for (let v = 0; v < 256; v++) squares += (v - m) ** 2 * counts[v]!;
  return { m: m / 255, s: Math.sqrt(squares / all) / 255 };
}

function inTwoPasses(
  samples: Float32Array,
  indices: Int32Array,
  size: number,
  offset: number,
  area: number,
) {
  const all = indices.length * area;
  const over = (term: (value: number) => number) => {
    let sum = 0;
    for (const index of indices) {
      const start = index * size + offset;
      for (let i = start; i < start + area; i++) sum += term(samples[i]!);
    }
    return sum;
  };
  const m = over((value) => value) / all;
  return { m, s: Math.sqrt(over((value) => (value - m) ** 2) / all) };
}
