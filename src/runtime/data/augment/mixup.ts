/** Mixup (Zhang et al. 2018): samples and labels of a batch blended in pairs with one weight. */
import type { Rng } from "../../../base/rng.ts";
import type { Augmentation } from "./types.ts";

export const mixup: Augmentation = {
  name: "mixup",
  description: "pairs of samples and their labels blended, weight from Beta(x, x)",
  usual: 0.2,
  violation: (alpha) => (alpha > 0 && alpha <= 100 ? undefined : "a number above 0, at most 100"),
};

/**
 * Blends rows i and count - 1 - i with weights `lambda` and 1 - `lambda`, in place. The batch is in
 * random order already, so its reverse is as good a partner as a permutation.
 *
 * @param rows [count, size] in row-major order
 */
export function blendPairs(rows: Float32Array, count: number, size: number, lambda: number): void {
  for (let i = 0; i < count >> 1; i++) {
    let a = i * size;
    let b = (count - 1 - i) * size;
    for (const end = a + size; a < end; a++, b++) {
      const x = rows[a]!;
      const y = rows[b]!;
      rows[a] = lambda * x + (1 - lambda) * y;
      rows[b] = lambda * y + (1 - lambda) * x;
    }
  }
}

/** From Beta(alpha, alpha), as the ratio of two gamma variates. */
export function drawLambda(alpha: number, rng: Rng): number {
  const x = gamma(alpha, rng);
  const y = gamma(alpha, rng);
  // Both underflow where alpha is tiny; the limit is one of the ends.
  return x + y > 0 ? x / (x + y) : rng.int(2);
}

/** Marsaglia & Tsang (2000); below a shape of 1 by their boost u^(1/shape). */
function gamma(shape: number, rng: Rng): number {
  if (shape < 1) return gamma(shape + 1, rng) * rng.float() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = rng.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const u = 1 - rng.float();
    if (Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
