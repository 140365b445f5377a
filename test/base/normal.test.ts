import { describe, expect, it } from "vitest";
import { normalQuantile } from "../../src/base/normal.ts";

describe("normalQuantile", () => {
  it("gives what Python's statistics.NormalDist().inv_cdf gives", () => {
    const published: readonly (readonly [number, number])[] = [
      [1e-300, -37.0470962993612],
      [1e-20, -9.262340089798405],
      [1e-12, -7.034483825301132],
      [1e-6, -4.753424308822899],
      [0.001, -3.090232306167813],
      [0.05, -1.6448536269514726],
      [0.075, -1.4395314709384557],
      [0.0751, -1.4388253927525398],
      [0.2, -0.8416212335729142],
      [0.5, 0],
      [0.6, 0.2533471031357998],
      [0.9, 1.2815515655446008],
      [0.925, 1.439531470938456],
      [0.975, 1.9599639845400536],
      [0.9999, 3.7190164854557084],
    ];
    for (const [p, z] of published) expect(Math.abs(normalQuantile(p) - z)).toBeLessThan(1e-12);
  });

  it("has ends, and nothing beyond", () => {
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
    for (const p of [-0.1, 1.1, Number.NaN]) expect(normalQuantile(p)).toBeNaN();
  });
});
