import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAssured } from "../../../src/dynamic/evaluation/assured.ts";
import {
  lossError,
  lossOf,
  type Paired,
  paired,
  samplesFor,
  scoreStatistic,
} from "../../../src/dynamic/evaluation/paired.ts";

const counts: fc.Arbitrary<Paired> = fc
  .tuple(
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 1, max: 400 }),
  )
  .map(([lost, gained, same]) => ({ lost, gained, samples: lost + gained + same }));

/** The statistic with the likeliest probabilities found by trying them, not by a formula. */
function bySearch({ samples, lost, gained }: Paired, margin: number): number {
  // Only the reference right: p + margin, only the other: p, the rest: 1 - 2 p - margin.
  const log = (count: number, p: number) => (count === 0 ? 0 : count * Math.log(p));
  const likelihood = (p: number) =>
    log(lost, p + margin) + log(gained, p) + log(samples - lost - gained, 1 - 2 * p - margin);
  let [low, high] = [Math.max(0, -margin), (1 - margin) / 2];
  for (let i = 0; i < 200; i++) {
    const [a, b] = [low + (high - low) / 3, high - (high - low) / 3];
    if (likelihood(a) < likelihood(b)) low = a;
    else high = b;
  }
  const p = (low + high) / 2;
  return (
    (lost - gained - samples * margin) / Math.sqrt(samples * (2 * p + margin - margin * margin))
  );
}

describe("paired", () => {
  it("counts what only one of two answers rightly", () => {
    const reference = Uint8Array.of(1, 1, 1, 0, 0, 1);
    const other = Uint8Array.of(1, 0, 0, 1, 0, 1);
    const found = paired(reference, other);
    expect(found).toEqual({ samples: 6, lost: 2, gained: 1 });
    expect(lossOf(found)).toBeCloseTo(1 / 6, 12);
    // Mean and variance of 0, 1, 1, -1, 0, 0.
    expect(lossError(found)).toBeCloseTo(Math.sqrt((3 / 6 - 1 / 36) / 6), 12);
  });
});

describe("scoreStatistic", () => {
  it("is that of the likeliest probabilities under the hypothesis", () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: -60, max: 60 }), (c, percent) => {
        const margin = percent / 100;
        if (margin === 0 && c.lost + c.gained === 0) return;
        // Where the likeliest is no probability at all there is nothing to divide by.
        const expected = bySearch(c, margin);
        if (!Number.isFinite(expected)) return;
        expect(scoreStatistic(c, margin)).toBeCloseTo(expected, 3);
      }),
    );
  });

  it("is that of 95 % at the published limits", () => {
    // Bentur et al. 2009 as in Fagerland, Lydersen and Laake 2017, table 8.3 (1, 1; 7, 12): -0.517 to -0.026.
    const bentur = { samples: 21, lost: 1, gained: 7 };
    expect(scoreStatistic(bentur, -0.517)).toBeCloseTo(1.96, 2);
    expect(scoreStatistic(bentur, -0.026)).toBeCloseTo(-1.96, 2);
  });

  it("is McNemar's where the margin is 0", () => {
    fc.assert(
      fc.property(counts, (c) => {
        const { lost, gained } = c;
        const mcNemar = lost + gained === 0 ? 0 : (lost - gained) / Math.sqrt(lost + gained);
        expect(scoreStatistic(c, 0)).toBeCloseTo(mcNemar, 9);
      }),
    );
  });
});

describe("samplesFor", () => {
  it("is the fewest with which the test tells the margin where none is lost", () => {
    for (const margin of [0.001, 0.005, 0.02, 0.3])
      for (const confidence of [0.8, 0.9, 0.99]) {
        const n = samplesFor(margin, confidence);
        const told = (samples: number) =>
          isAssured({ samples, lost: 0, gained: 0 }, { loss: margin, confidence });
        expect(told(n + 1)).toBe(true);
        if (n > 1) expect(told(n - 1)).toBe(false);
      }
  });
});
