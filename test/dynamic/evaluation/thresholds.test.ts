import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Sureness } from "../../../src/dynamic/evaluation/confidence.ts";
import { chooseThresholds, type Target } from "../../../src/dynamic/evaluation/thresholds.ts";

interface Case {
  readonly classifiers: readonly Sureness[];
  readonly costs: readonly Float64Array[];
}

const cases = (exits: number, samples: number): fc.Arbitrary<Case> =>
  fc
    .record({
      confidence: fc.array(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: samples, maxLength: samples }),
        { minLength: exits + 1, maxLength: exits + 1 },
      ),
      correct: fc.array(
        fc.array(fc.integer({ min: 0, max: 1 }), { minLength: samples, maxLength: samples }),
        { minLength: exits + 1, maxLength: exits + 1 },
      ),
      steps: fc.array(fc.integer({ min: 1, max: 20 }), {
        minLength: exits + 1,
        maxLength: exits + 1,
      }),
    })
    .map(({ confidence, correct, steps }) => ({
      classifiers: confidence.map((row, k) => ({
        confidence: Float32Array.from(row, (x) => x / 10),
        correct: Uint8Array.from(correct[k]!),
      })),
      costs: steps.map((_, k) =>
        new Float64Array(samples).fill(steps.slice(0, k + 1).reduce((a, b) => a + b, 0)),
      ),
    }));

/** Every subset of values that any sample has, and "nobody". */
function bruteForce({ classifiers, costs }: Case, target: Target) {
  const lists = classifiers.slice(0, -1).map(({ confidence }) => [...new Set([...confidence, 2])]);
  const n = classifiers[0]!.correct.length;
  const points: { accuracy: number; cost: number }[] = [];
  const visit = (thresholds: number[]) => {
    const k = thresholds.length;
    if (k < lists.length) {
      for (const value of lists[k]!) visit([...thresholds, value]);
      return;
    }
    let [accuracy, cost] = [0, 0];
    for (let i = 0; i < n; i++) {
      const found = thresholds.findIndex((t, j) => classifiers[j]!.confidence[i]! >= t);
      const at = found < 0 ? lists.length : found;
      accuracy += classifiers[at]!.correct[i]!;
      cost += costs[at]![i]!;
    }
    // Whole numbers until here: what lies on the target is on it exactly.
    points.push({ accuracy: accuracy / n, cost: cost / n });
  };
  visit([]);
  const meets = points.filter((p) =>
    target.kind === "accuracy" ? p.accuracy >= target.atLeast : p.cost <= target.atMost,
  );
  return { points, meets };
}

describe("chooseThresholds", () => {
  it("finds the cheapest choice of an accuracy, as trying all does", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 }).chain((k) => cases(k, 12)),
        fc.integer({ min: 0, max: 24 }).map((n) => n / 24),
        (c, atLeast) => {
          const target = { kind: "accuracy", atLeast } as const;
          const { points, meets } = bruteForce(c, target);
          const { choice, met } = chooseThresholds(c.classifiers, c.costs, target);
          expect(met).toBe(meets.length > 0);
          if (met) expect(choice.cost).toBeCloseTo(Math.min(...meets.map((p) => p.cost)), 9);
          // Not to be met: the most accurate that there is.
          else expect(choice.accuracy).toBeCloseTo(Math.max(...points.map((p) => p.accuracy)), 9);
        },
      ),
    );
  });

  it("finds the most accurate choice of a cost, as trying all does", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 }).chain((k) => cases(k, 12)),
        fc.integer({ min: 0, max: 120 }).map((n) => n / 2),
        (c, atMost) => {
          const target = { kind: "cost", atMost } as const;
          const { points, meets } = bruteForce(c, target);
          const { choice, met } = chooseThresholds(c.classifiers, c.costs, target);
          expect(met).toBe(meets.length > 0);
          if (met)
            expect(choice.accuracy).toBeCloseTo(Math.max(...meets.map((p) => p.accuracy)), 9);
          else expect(choice.cost).toBeCloseTo(Math.min(...points.map((p) => p.cost)), 9);
        },
      ),
    );
  });

  it("comes near to the best with many exits, where not all are tried", () => {
    fc.assert(
      fc.property(
        cases(4, 10),
        fc.integer({ min: 0, max: 24 }).map((n) => n / 24),
        (c, atLeast) => {
          const target = { kind: "accuracy", atLeast } as const;
          const { meets } = bruteForce(c, target);
          const { choice, met } = chooseThresholds(c.classifiers, c.costs, target);
          if (!met) return;
          const best = Math.min(...meets.map((p) => p.cost));
          const worst = Math.max(...meets.map((p) => p.cost));
          expect(choice.cost).toBeLessThanOrEqual(best + 0.5 * (worst - best) + 1e-9);
        },
      ),
      { numRuns: 20 },
    );
  });
});
