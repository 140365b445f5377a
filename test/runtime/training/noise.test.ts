import { describe, expect, it } from "vitest";
import { TrainingNoise } from "../../../src/runtime/training/index.ts";

const INPUTS = [
  { name: "a", dims: [8, 100] },
  { name: "b", dims: [8, 3, 5] },
];
const drawn = (seed: number, step: number, noise = new TrainingNoise(INPUTS, seed)) => {
  const tensors = noise.at(step);
  return Object.fromEntries(INPUTS.map(({ name }) => [name, [...tensors[name]!.data]]));
};

describe("the noise of a step", () => {
  it("is a function of seed and step, whatever was drawn before", () => {
    const noise = new TrainingNoise(INPUTS, 7);
    for (const step of [0, 1, 2]) noise.at(step);
    expect(drawn(7, 5, noise)).toEqual(drawn(7, 5));
    expect(drawn(7, 6)).not.toEqual(drawn(7, 5));
    expect(drawn(8, 5)).not.toEqual(drawn(7, 5));
    expect(new TrainingNoise(INPUTS, 7).at(0).b!.dims).toEqual([8, 3, 5]);
  });

  it("is uniform, and neither 0 nor 1: the logarithms of both sides are finite", () => {
    const values = Array.from({ length: 50 }, (_, step) => drawn(1, step).a!).flat() as number[];
    expect(Math.min(...values)).toBeGreaterThan(0);
    expect(Math.max(...values)).toBeLessThan(1);
    const tenths = Array.from({ length: 10 }, () => 0);
    for (const value of values) tenths[Math.floor(value * 10)]!++;
    // Chi-squared of 9 degrees of freedom: above 27.9 once in a thousand seeds.
    const expected = values.length / 10;
    const chi = tenths.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    expect(chi).toBeLessThan(27.9);
    expect(new Set(values).size).toBeGreaterThan(0.99 * values.length);
  });
});
