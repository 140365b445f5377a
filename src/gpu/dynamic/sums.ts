/** The distribution of what a whole batch asks for, from that of one image. */
import type { Histogram } from "./population.ts";

/** Multiplications beyond which a sum is not worked out exactly. */
const MOST_WORK = 2e8;

/** Whether {@link sumDistribution} is a matter of a second at most. */
export function canConvolve(size: number, batch: number): boolean {
  return (size - 1) ** 2 * batch ** 2 <= MOST_WORK;
}

/**
 * P(X1 + ... + Xb = k) for independent images of one distribution: convolution powers by squaring.
 *
 * @param one probability of each number from 0 on
 * @param batch images, at least 1
 */
export function sumDistribution(one: Histogram, batch: number): Histogram {
  let out: Histogram = Float64Array.of(1);
  let power = one;
  for (let rest = batch; rest > 0; rest >>= 1) {
    if (rest & 1) out = convolve(out, power);
    if (rest > 1) power = convolve(power, power);
  }
  return out;
}

function convolve(a: Histogram, b: Histogram): Histogram {
  const out = new Float64Array(a.length + b.length - 1);
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!;
    if (x === 0) continue;
    for (let j = 0; j < b.length; j++) out[i + j]! += x * b[j]!;
  }
  return out;
}
