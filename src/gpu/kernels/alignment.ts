/**
 * Alignment on matrix units: loads come in vectors of 16 bytes, so a leading dimension that is not a
 * multiple of that falls back to narrower loads (NVIDIA, Matrix Multiplication Background User's
 * Guide: FP16 dimensions in multiples of 8, INT8 of 16, TF32 of 4).
 */

import { bytesPerElement } from "../precision.ts";
import type { Precision } from "../types.ts";

/** Rate by the widest load that the leading dimensions allow: 16, 8, 4, 2 bytes and less. */
const RATE: readonly (readonly [number, number])[] = [
  [16, 1],
  [8, 0.98],
  [4, 0.95],
  [2, 0.55],
  [1, 0.4],
];

/** @param dimensions leading dimensions in elements */
export function alignment(dimensions: readonly number[], precision: Precision): number {
  const bytes = bytesPerElement(precision);
  let rate = 1;
  for (const d of dimensions) {
    const [, r] = RATE.find(([width]) => (d * bytes) % width === 0)!;
    rate = Math.min(rate, r);
  }
  return rate;
}
