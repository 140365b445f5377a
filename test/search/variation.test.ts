/**
 * Operators must not prefer a side. Without the exchange of crossed variables SBX sends every small
 * value to the first child; problems whose optimum lies at a lower bound then look easy.
 */
import { expect, test } from "vitest";
import { stream } from "../../src/base/rng.ts";
import { axesOf } from "../../src/search/axes.ts";
import type { Parameter } from "../../src/search/parameters.ts";
import { crossover, mutateGene, mutation } from "../../src/search/variation.ts";

const kinds: readonly [string, Parameter, number, number][] = [
  ["real", { type: "real", low: 0, high: 1 }, 0.2, 0.7],
  ["real at the bound", { type: "real", low: 0, high: 1 }, 0, 0.03],
  ["integer", { type: "integer", low: 0, high: 100 }, 13, 60],
  ["integer of few values", { type: "integer", low: -2, high: 2 }, -2, 1],
  ["ordered", { type: "categorical", values: "abcdefgh".split(""), ordered: true }, 1, 4],
  ["nominal", { type: "categorical", values: "abcd".split("") }, 0, 3],
];
const N = 20_000;

/** Children of (p, q) for slot 1 and 2, by stream. */
function children(parameter: Parameter, p: number, q: number, seed: number) {
  const cross = crossover(axesOf({ x: parameter }));
  const rng = stream(seed, "children");
  const slots: [number[], number[]] = [[], []];
  for (let i = 0; i < N; i++) {
    const a = [p];
    const b = [q];
    cross(a, b, rng);
    slots[0].push(a[0]!);
    slots[1].push(b[0]!);
  }
  return slots;
}

/** Largest distance of two empirical distributions (Kolmogorov-Smirnov), ties together. */
function ksDistance(xs: readonly number[], ys: readonly number[]): number {
  const a = [...xs].sort((s, t) => s - t);
  const b = [...ys].sort((s, t) => s - t);
  let i = 0;
  let j = 0;
  let worst = 0;
  while (i < a.length && j < b.length) {
    const at = Math.min(a[i]!, b[j]!);
    // results that a reflection rounds differently are ties
    while (i < a.length && a[i]! <= at + 1e-12) i++;
    while (j < b.length && b[j]! <= at + 1e-12) j++;
    worst = Math.max(worst, Math.abs(i / a.length - j / b.length));
  }
  return worst;
}

/** Critical distance at a risk of 1e-4, for two samples of N. */
const CRITICAL = 2.23 * Math.sqrt(2 / N);

test.each(kinds)("crossed values go to either child alike: %s", (_, parameter, p, q) => {
  const cross = crossover(axesOf({ x: parameter }), { eta: 15, perVariable: 1, exchange: 0.5 });
  const rng = stream(3, "crossed");
  const slots: [number[], number[]] = [[], []];
  for (let i = 0; i < N; i++) {
    const a = [p];
    const b = [q];
    cross(a, b, rng);
    slots[0].push(a[0]!);
    slots[1].push(b[0]!);
  }
  // a nominal value that is crossed is exchanged, each half of the time at the default
  if (parameter.type === "categorical" && parameter.ordered !== true) {
    const [x] = children(parameter, p, q, 5);
    expect(Math.abs(x.filter((v) => v === p).length / N - 0.5)).toBeLessThan(0.02);
  } else expect(ksDistance(slots[0], slots[1])).toBeLessThan(CRITICAL);
});

test("the mean of the children is the mean of the parents, slot by slot", () => {
  const [a, b] = children({ type: "real", low: 0, high: 1 }, 0.35, 0.65, 1);
  const mean = (xs: readonly number[]) => xs.reduce((s, x) => s + x, 0) / xs.length;
  // slot 1 keeps 0.35 in half of the cases, and has the mean 0.5 in the other half
  expect(mean(a)).toBeCloseTo((0.35 + 0.5) / 2, 2);
  expect(mean(b)).toBeCloseTo((0.65 + 0.5) / 2, 2);
  // symmetric about 0.5, so both spreads are the same: pair by pair
  expect(Math.max(...a.map((x, i) => Math.abs(x + b[i]! - 1)))).toBeLessThan(1e-12);
});

test.each(kinds)("reflecting the parents reflects the children: %s", (_, parameter, p, q) => {
  const axis = axesOf({ x: parameter })[0]!;
  const mirror = (x: number) => axis.low + axis.high - x;
  const original = children(parameter, p, q, 1);
  const reflected = children(parameter, mirror(p), mirror(q), 2);
  for (const slot of [0, 1] as const) {
    expect(ksDistance(original[slot], reflected[slot].map(mirror))).toBeLessThan(CRITICAL);
  }
});

test.each(kinds)("reflecting a design reflects its mutants: %s", (_, parameter, p) => {
  const axis = axesOf({ x: parameter })[0]!;
  const mirror = (x: number) => axis.low + axis.high - x;
  const rng = stream(1, "mutants");
  const original = Array.from({ length: N }, () => mutateGene(axis, p, rng));
  const reflected = Array.from({ length: N }, () => mutateGene(axis, mirror(p), rng));
  expect(ksDistance(original, reflected.map(mirror))).toBeLessThan(CRITICAL);
  expect(original.filter((x) => !(x >= axis.low && x <= axis.high))).toEqual([]);
  if (axis.kind !== "real") expect(original).not.toContain(p);
});

test("spread and mutation steps are those of their published densities", () => {
  // far from the bounds SBX's spread factor is below 1 in half of the cases, and mutation's step
  // exceeds s with probability (1 - s)^(eta + 1) / 2 on either side
  const axis = axesOf({ x: { type: "real", low: 0, high: 1 } })[0]!;
  const rng = stream(8, "steps");
  const cross = crossover([axis], { eta: 15, perVariable: 1, exchange: 0.5 });
  const factors = Array.from({ length: N }, () => {
    const a = [0.499];
    const b = [0.501];
    cross(a, b, rng);
    return Math.abs(a[0]! - b[0]!) / 0.002;
  });
  expect(factors.filter((f) => f < 1).length / N).toBeCloseTo(0.5, 1.7);
  expect(factors.filter((f) => f < 0.9).length / N).toBeCloseTo(0.5 * 0.9 ** 16, 1.7);
  expect(factors.filter((f) => f > 1.1).length / N).toBeCloseTo(0.5 * 1.1 ** -16, 1.7);
  const steps = Array.from({ length: N }, () => mutateGene(axis, 0.5, rng) - 0.5);
  expect(steps.filter((s) => s > 0.05).length / N).toBeCloseTo(0.5 * 0.95 ** 21, 1.7);
  expect(steps.filter((s) => s < -0.05).length / N).toBeCloseTo(0.5 * 0.95 ** 21, 1.7);
});

test("of many coordinates each is crossed, exchanged and mutated as often as it should be", () => {
  const n = 40;
  const axes = axesOf(
    Object.fromEntries(
      Array.from({ length: n }, (_, i) => [`x${i}`, kinds[i % 2 === 0 ? 0 : 5]![1]]),
    ),
  );
  const rng = stream(4, "often");
  const rates = Float64Array.from(axes, (_, i) => (i % 2 === 0 ? 0.1 : 0.05));
  for (const perVariable of [0.5, 0.3]) {
    const cross = crossover(axes, { eta: 15, perVariable, exchange: perVariable });
    const mutate = mutation(axes, rates);
    const crossed = new Float64Array(n);
    const above = new Float64Array(n);
    const mutated = new Float64Array(n);
    const together = new Float64Array(n);
    for (let k = 0; k < N; k++) {
      const a = axes.map((_, i) => (i % 2 === 0 ? 0.4 : 1));
      const b = axes.map((_, i) => (i % 2 === 0 ? 0.6 : 2));
      const c = a.slice();
      cross(a, b, rng);
      mutate(c, rng);
      for (let i = 0; i < n; i++) {
        const start = i % 2 === 0 ? 0.4 : 1;
        if (a[i] !== start) crossed[i]!++;
        if (i % 2 === 0 && a[i]! > b[i]!) above[i]!++;
        if (c[i] !== start) mutated[i]!++;
        if (a[i] !== start && a[(i + 1) % n] !== ((i + 1) % 2 === 0 ? 0.4 : 1)) together[i]!++;
      }
    }
    for (let i = 0; i < n; i++) {
      // 0.02 is more than four standard errors
      expect(Math.abs(crossed[i]! / N - perVariable)).toBeLessThan(0.02);
      expect(Math.abs(together[i]! / N - perVariable ** 2)).toBeLessThan(0.02);
      if (i % 2 === 0) expect(Math.abs(above[i]! / N - perVariable ** 2)).toBeLessThan(0.02);
      expect(Math.abs(mutated[i]! / N - rates[i]!)).toBeLessThan(0.01);
    }
  }
});
