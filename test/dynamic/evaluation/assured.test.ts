import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Rng, stream } from "../../../src/base/rng.ts";
import { chooseAssured, isAssured } from "../../../src/dynamic/evaluation/assured.ts";
import type { Sureness } from "../../../src/dynamic/evaluation/confidence.ts";
import { paired } from "../../../src/dynamic/evaluation/paired.ts";
import { NEVER } from "../../../src/dynamic/plan.ts";

/** Exits that are less often right than the end, the less the less sure they are. */
function drawn(rng: Rng, samples: number, exits: number) {
  const confidence = Array.from({ length: exits }, () =>
    Float32Array.from({ length: samples }, () => rng.float()),
  );
  const end = Uint8Array.from({ length: samples }, () => (rng.float() < 0.9 ? 1 : 0));
  const classifiers: Sureness[] = confidence.map((row) => ({
    confidence: row,
    correct: Uint8Array.from(row, (sure, i) => (rng.float() < chance(sure, end[i]!) ? 1 : 0)),
  }));
  return [...classifiers, { confidence: new Float32Array(samples).fill(1), correct: end }];
}

const chance = (sure: number, end: number) => (end === 1 ? 1 - 0.12 * (1 - sure) : 0.05);

/** What is lost over all inputs where those that one exit is so sure of leave there: an integral. */
function lossAt(threshold: number): number {
  if (threshold >= 1) return 0;
  const left = 1 - threshold;
  // Of the end's right ones 0.12 (1 - sure) are lost, of its wrong ones 1 in 20 is gained.
  return 0.9 * 0.12 * (left - (1 - threshold ** 2) / 2) - 0.1 * 0.05 * left;
}

const constantCosts = (exits: number, samples: number) =>
  Array.from({ length: exits + 1 }, (_, k) => new Float64Array(samples).fill(k + 1));

describe("chooseAssured", () => {
  it("is wrong no more often than its confidence says, and not far less", () => {
    const rng = stream(5, "assured");
    const [runs, loss] = [600, 0.01];
    for (const confidence of [0.8, 0.95]) {
      let wrong = 0;
      for (let i = 0; i < runs; i++) {
        const classifiers = drawn(rng, 800, 1);
        const reference = classifiers[1]!.correct;
        const target = { kind: "assured", loss, confidence, reference } as const;
        const { choice } = chooseAssured(classifiers, constantCosts(1, 800), target);
        if (lossAt(choice.thresholds[0]!) > loss) wrong++;
      }
      const spread = 3 * Math.sqrt((confidence * (1 - confidence)) / runs);
      expect(wrong / runs).toBeLessThan(1 - confidence + spread);
      // A rule that lets nobody leave would never be wrong.
      expect(wrong / runs).toBeGreaterThan((1 - confidence) / 4);
    }
  });

  it("takes one exit's last threshold before the test fails, as trying all does", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e6 }),
        fc.integer({ min: 20, max: 300 }),
        fc.constantFrom(0.005, 0.02, 0.05),
        fc.constantFrom(0.5, 0.8, 0.9),
        (seed, samples, loss, confidence) => {
          const classifiers = drawn(stream(seed, "assured"), samples, 1);
          const reference = drawn(stream(seed + 1, "assured"), samples, 1)[1]!.correct;
          const [exit, end] = classifiers;
          // Ties, as a coarse confidence has.
          for (const [i, x] of exit!.confidence.entries())
            exit!.confidence[i] = Math.round(20 * x) / 20;
          const target = { kind: "assured", loss, confidence, reference } as const;
          const result = chooseAssured(classifiers, constantCosts(1, samples), target);
          let expected: number | undefined;
          for (const t of [NEVER, ...[...new Set(exit!.confidence)].sort((a, b) => b - a)]) {
            const right = end!.correct.map((last, i) =>
              exit!.confidence[i]! >= t ? exit!.correct[i]! : last,
            );
            if (!isAssured(paired(reference, right), target)) break;
            expected = t;
          }
          expect(result.met).toBe(expected !== undefined);
          if (expected !== undefined) expect(result.choice.thresholds).toEqual([expected]);
        },
      ),
    );
  });

  it("holds its word with several exits, whose samples are asked once", () => {
    const rng = stream(11, "assured");
    const [runs, loss, confidence] = [100, 0.02, 0.8];
    let [wrong, left] = [0, 0];
    for (let i = 0; i < runs; i++) {
      const classifiers = drawn(rng, 600, 2);
      const reference = classifiers[2]!.correct;
      const target = { kind: "assured", loss, confidence, reference } as const;
      const { choice } = chooseAssured(classifiers, constantCosts(2, 600), target);
      const many = drawn(rng, 5000, 2);
      let lost = 0;
      const [a, b] = choice.thresholds;
      for (const [j, right] of many[2]!.correct.entries()) {
        const at = many[0]!.confidence[j]! >= a! ? 0 : many[1]!.confidence[j]! >= b! ? 1 : 2;
        lost += right - many[at]!.correct[j]!;
        if (at < 2) left++;
      }
      if (lost / 5000 > loss + 0.004) wrong++;
    }
    expect(wrong / runs).toBeLessThan(1 - confidence + 0.11);
    expect(left / (runs * 5000)).toBeGreaterThan(0.2);
  });

  it("lets nobody leave several exits where only that is sure", () => {
    const rng = stream(17, "assured");
    for (let i = 0; i < 20; i++) {
      const end = drawn(rng, 100, 2)[2]!;
      // Right by chance alone, more often than the end now and then: no order of theirs holds.
      const classifiers = [0, 1].map(() => ({
        confidence: Float32Array.from({ length: 100 }, () => rng.float()),
        correct: Uint8Array.from({ length: 100 }, () => (rng.float() < 0.1 ? 1 : 0)),
      }));
      const target = {
        kind: "assured",
        loss: 0.05,
        confidence: 0.9,
        reference: end.correct,
      } as const;
      const { choice, met } = chooseAssured([...classifiers, end], constantCosts(2, 100), target);
      // Fifty that test, of which not one is lost, are enough for five points.
      expect(met).toBe(true);
      expect(choice.cost).toBeGreaterThan(2.5);
    }
  });

  it("assures nothing with too few samples, and keeps the most accurate choice then", () => {
    const classifiers = drawn(stream(3, "assured"), 50, 1);
    const reference = classifiers[1]!.correct;
    const target = { kind: "assured", loss: 0.005, confidence: 0.9, reference } as const;
    const { choice, met } = chooseAssured(classifiers, constantCosts(1, 50), target);
    expect(met).toBe(false);
    expect(choice.accuracy).toBeGreaterThanOrEqual(
      reference.reduce((sum, right) => sum + right, 0) / 50,
    );
  });
});
