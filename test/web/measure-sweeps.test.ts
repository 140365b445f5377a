import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findStaircase } from "../../src/gpu/measure/index.ts";
import { SWEEPS, stairAt, stairLine } from "../../web/src/views/measure/sweeps.ts";

const staircase = fc.record({
  period: fc.integer({ min: 3, max: 40 }),
  baseUs: fc.double({ min: 0, max: 50, noNaN: true }),
  stepUs: fc.double({ min: 10, max: 500, noNaN: true }),
});
const found = { found: true, low: 0, high: 0, edgesSeen: 3, edges: 3, noise: 0 } as const;

describe("the drawn staircase", () => {
  it("is the model that the fit found in times made by hand", () => {
    fc.assert(
      fc.property(staircase, ({ period, baseUs, stepUs }) => {
        const points = Array.from({ length: 4 * period }, (_, i) => ({
          at: i + 1,
          us: baseUs + stepUs * Math.ceil((i + 1) / period),
        }));
        const fit = findStaircase(points);
        if (!fit.found) throw new Error(fit.reason);
        expect(fit.period).toBe(period);
        for (const { at, us } of points) expect(stairAt(fit, at) / us).toBeCloseTo(1, 2);
      }),
      { numRuns: 25 },
    );
  });

  it("has its corners on the model, from the first unit to the last", () => {
    fc.assert(
      fc.property(staircase, fc.integer({ min: 2, max: 200 }), (parts, last) => {
        const whole = { ...found, ...parts, hardness: 0.7, confidence: "high" } as const;
        const line = stairLine(whole, last);
        expect(line[0]![0]).toBe(1);
        expect(line.at(-1)![0]).toBe(last);
        for (const [i, [at, us]] of line.entries())
          if (i % 2 === 1) expect(us).toBeCloseTo(stairAt(whole, at), 9);
      }),
    );
  });

  it("has a name for every sweep that steps", () => {
    expect(SWEEPS.map(({ id }) => id)).toEqual(["sm-count", "slots", "matmul", "conv"]);
  });
});
