import { describe, expect, it } from "vitest";
import { stream } from "../../../src/base/rng.ts";
import {
  bestTemperature,
  calibrationError,
  fittedTemperature,
  likelihoodLoss,
  surenessOf,
} from "../../../src/dynamic/evaluation/confidence.ts";

/** Labels drawn from softmax(logits): the true temperature of logits times t is t. */
function drawn(samples: number, classes: number, t: number) {
  const rng = stream(7, "test/confidence");
  const logits = new Float32Array(samples * classes);
  const labels = new Int32Array(samples);
  for (let i = 0; i < samples; i++) {
    const row = Array.from({ length: classes }, () => 2 * rng.normal());
    const weights = row.map(Math.exp);
    let left = rng.float() * weights.reduce((a, b) => a + b, 0);
    let label = 0;
    while (label < classes - 1 && left >= weights[label]!) left -= weights[label++]!;
    labels[i] = label;
    for (const [c, v] of row.entries()) logits[i * classes + c] = t * v;
  }
  return { logits, labels };
}

describe("temperature", () => {
  it("is the one that the logits were multiplied with", () => {
    for (const t of [0.4, 1, 3]) {
      const { logits, labels } = drawn(4000, 5, t);
      expect(bestTemperature(logits, labels, 5) / t).toBeCloseTo(1, 1);
    }
  });

  it("has less loss than its neighbours, and mends the calibration error", () => {
    const { logits, labels } = drawn(5000, 4, 3);
    const best = bestTemperature(logits, labels, 4);
    const loss = (t: number) => likelihoodLoss(logits, labels, 4, t);
    expect(loss(best)).toBeLessThan(Math.min(loss(best * 1.05), loss(best / 1.05)));
    const error = (t: number) => calibrationError(surenessOf(logits, labels, 4, t));
    expect(error(1)).toBeGreaterThan(0.1);
    expect(error(best)).toBeLessThan(0.03);
    expect(fittedTemperature(logits, labels, 4).temperature).toBe(best);
  });

  it("stays 1 where the likeliest makes the calibration error worse", () => {
    let kept = 0;
    for (let samples = 20; samples < 60; samples++) {
      const { logits, labels } = drawn(samples, 3, 1);
      const { temperature, error } = fittedTemperature(logits, labels, 3);
      const at = (t: number) => calibrationError(surenessOf(logits, labels, 3, t));
      const likeliest = bestTemperature(logits, labels, 3);
      expect(temperature).toBe(at(likeliest) < at(1) ? likeliest : 1);
      expect(error).toEqual([at(1), at(temperature)]);
      if (temperature === 1) kept++;
    }
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(40);
  });
});

describe("sureness", () => {
  it("is the softmax's largest entry, whatever the size of the logits", () => {
    const logits = Float32Array.of(1, 2, 0, 1000, 998, 999, -5, -5, -5);
    const { confidence, correct } = surenessOf(logits, Int32Array.of(1, 2, 0), 3, 1);
    const softmax = (row: readonly number[]) => {
      const sum = row.reduce((s, v) => s + Math.exp(v), 0);
      return Math.max(...row.map((v) => Math.exp(v) / sum));
    };
    expect(confidence[0]).toBeCloseTo(softmax([1, 2, 0]), 6);
    expect(confidence[1]).toBeCloseTo(softmax([2, 0, 1]), 6);
    expect(confidence[2]).toBeCloseTo(1 / 3, 6);
    expect([...correct]).toEqual([1, 0, 1]);
  });
});
