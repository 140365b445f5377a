import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import { regionTimeOverInputs } from "../../../src/gpu/dynamic/index.ts";
import { multisets, timeOverInputs } from "../../../src/gpu/dynamic/over-inputs.ts";
import { empirical, independent, weighted } from "../../../src/gpu/dynamic/population.ts";
import { canConvolve, sumDistribution } from "../../../src/gpu/dynamic/sums.ts";
import { basic } from "./specs.ts";

/** A staircase that also falls: no shortcut by monotony is right for it. */
const stairs = (total: number): number => 10 * Math.ceil(total / 4) + (total % 7 === 0 ? -6 : 1);

/** Every batch in every order: images ^ batch. */
function bruteForce(
  images: readonly (readonly number[])[],
  batch: number,
  timeUs: (totals: readonly number[]) => number,
): readonly number[] {
  let totals: (readonly number[])[] = [images[0]!.map(() => 0)];
  for (let i = 0; i < batch; i++)
    totals = totals.flatMap((t) => images.map((row) => t.map((x, c) => x + row[c]!)));
  return totals.map(timeUs);
}

const quantileOf = (times: readonly number[], q: number): number => {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length - 1e-9) - 1)]!;
};

describe("time over inputs", () => {
  test("of one region is that of all batches, listed one by one", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(9), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 4 }),
        (counts, batch) => {
          const images = counts.map((c) => [c]);
          const all = bruteForce(images, batch, ([n]) => stairs(n!));
          const found = timeOverInputs(([n]) => stairs(n!), empirical(images), batch);
          expect(found.method).toBe("exact");
          expect(found.expectedUs).toBeCloseTo(all.reduce((a, b) => a + b, 0) / all.length, 9);
          expect(found.bestUs).toBe(Math.min(...all));
          expect(found.worstUs).toBe(Math.max(...all));
          for (const { q, us } of found.quantiles) expect(us).toBe(quantileOf(all, q));
        },
      ),
    );
  });

  test("of several regions keeps together what one image asks of them", () => {
    const rows = fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.nat(5)), {
      minLength: 1,
      maxLength: 4,
    });
    const timeUs = (t: readonly number[]) => stairs(t[0]!) + Math.max(stairs(t[1]!), 3 * t[2]!);
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 4 }), (images, batch) => {
        const all = bruteForce(images, batch, timeUs);
        const found = timeOverInputs(timeUs, empirical(images), batch);
        expect(found.method).toBe("exact");
        expect(found.expectedUs).toBeCloseTo(all.reduce((a, b) => a + b, 0) / all.length, 9);
        expect(found.worstUs).toBe(Math.max(...all));
        for (const { q, us } of found.quantiles) expect(us).toBe(quantileOf(all, q));
      }),
    );
  });

  test("expected time lies between best and worst, and quantiles in order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(16), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 20 }),
        (counts, batch) => {
          const t = timeOverInputs(([n]) => stairs(n!), empirical(counts.map((c) => [c])), batch, {
            quantiles: [0, 0.25, 0.5, 0.9, 1],
          });
          const line = t.quantiles.map((x) => x.us);
          expect(line).toEqual([...line].sort((a, b) => a - b));
          expect(line[0]).toBe(t.bestUs);
          expect(t.expectedUs).toBeGreaterThanOrEqual(t.bestUs - 1e-9);
          expect(t.expectedUs).toBeLessThanOrEqual(t.worstUs + 1e-9);
        },
      ),
    );
  });

  test("of single images is their mean, however many there are", () => {
    const images = Array.from({ length: 15_000 }, (_, i) => [1, i]);
    const t = timeOverInputs(([a, b]) => a! + b!, empirical(images), 1);
    expect(t.method).toBe("exact");
    expect(t.expectedUs).toBeCloseTo(1 + (images.length - 1) / 2, 6);
    expect([t.bestUs, t.worstUs]).toEqual([1, images.length]);
  });

  test("too many batches to list are drawn, the same ones for the same seed", () => {
    const images = Array.from({ length: 60 }, (_, i) => [i % 17, (i * i) % 13]);
    const timeUs = (t: readonly number[]) => 5 * t[0]! + 2 * t[1]!;
    expect(multisets(60, 8)).toBeGreaterThan(20_000);
    const run = (seed: number) =>
      timeOverInputs(timeUs, empirical(images), 8, { seed, draws: 4000 });
    expect(run(1)).toEqual(run(1));
    expect(run(1).expectedUs).not.toBe(run(2).expectedUs);
    expect(run(1).method).toBe("sampled");
    // Linear in the demands, so that the mean is known.
    const mean = (c: 0 | 1) => images.reduce((s, row) => s + row[c]!, 0) / images.length;
    const expected = 8 * (5 * mean(0) + 2 * mean(1));
    expect(Math.abs(run(1).expectedUs - expected)).toBeLessThan(4 * run(1).standardErrorUs);
    expect(run(1).meanDemand[0]).toBeCloseTo(8 * mean(0), 9);
    expect(run(1).worstUs).toBeGreaterThanOrEqual(Math.max(...images.map((r) => timeUs(r) * 8)));
  });

  test.each([
    [() => timeOverInputs(() => 1, empirical([[1]]), 0), "batch 0"],
    [() => timeOverInputs(() => 1, empirical([[1]]), 2, { quantiles: [2] }), "quantile 2"],
    [() => timeOverInputs(() => 1, empirical([[1]]), 2, { draws: 0 }), "0 draws"],
    [() => empirical([]), "no images"],
    [() => empirical([[1], [1, 2]]), "image 1 has 2 counts, image 0 has 1"],
    [() => empirical([[1.5]]), "image 0 has the count 1.5"],
    [() => empirical([[-1]]), "image 0 has the count -1"],
    [() => independent([0.5, 1.5]), "probability 1.5 of column 1"],
    [
      () => regionTimeOverInputs(basic(), [3, 17]),
      "image 1 has 17 active blocks in region basic, which has 16 an image",
    ],
  ])("refuses what cannot be: %#", (attempt, message) => {
    expect(attempt).toThrow(UserError);
    expect(attempt).toThrow(message);
  });
});

test("sums of a coin are binomial", () => {
  const p = 0.3;
  const sums = sumDistribution(Float64Array.of(1 - p, p), 12);
  let binomial = (1 - p) ** 12;
  for (let k = 0; k <= 12; k++) {
    expect(sums[k]).toBeCloseTo(binomial, 12);
    binomial *= ((12 - k) / (k + 1)) * (p / (1 - p));
  }
  expect(canConvolve(197, 32)).toBe(true);
  expect(canConvolve(3137, 128)).toBe(false);
});

test("multisets are combinations with repetition", () => {
  expect(multisets(3, 4)).toBe(15);
  expect(multisets(1, 9)).toBe(1);
  expect(multisets(2, 9)).toBe(10);
});

test("drawn rows come as often as they weigh", () => {
  const rows = weighted([
    { demand: [0], probability: 0.75 },
    { demand: [8], probability: 0.25 },
  ]);
  const t = timeOverInputs(([n]) => n!, rows, 1);
  expect(t.expectedUs).toBeCloseTo(2, 12);
});

describe("a region's time over inputs", () => {
  test("with the same count for every image is the time of that count", () => {
    const region = basic();
    const t = regionTimeOverInputs(region, [5, 5, 5]);
    expect(t.expectedUs).toBe(region.time(20).latencyUs);
    expect(t.worstUs).toBe(t.bestUs);
  });

  test("is not the time of the mean count", () => {
    const region = basic({ batch: 1 }, { sync: false });
    const t = regionTimeOverInputs(region, [0, 16]);
    expect(t.expectedUs).toBeCloseTo((region.time(0).latencyUs + region.time(16).latencyUs) / 2, 9);
    expect(Math.abs(t.expectedUs - region.time(8).latencyUs)).toBeGreaterThan(5);
  });
});
