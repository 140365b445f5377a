import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { throttle } from "../../src/gpu/clock.ts";
import { waves } from "../../src/gpu/waves.ts";

const counts = fc.integer({ min: 1, max: 1_000_000 });

describe("waves", () => {
  // NVIDIA, "CUDA Pro Tip: Minimize the Tail Effect": 8 blocks an SM on 8 SMs hold 64 at a time.
  test("a last wave of one block", () => {
    expect(waves(65, 64)).toEqual({ waves: 2, tailFill: 1 / 64, smUtilization: 65 / 128 });
    expect(waves(128, 64)).toEqual({ waves: 2, tailFill: 1, smUtilization: 1 });
    expect(waves(1, 64)).toEqual({ waves: 1, tailFill: 1 / 64, smUtilization: 1 / 64 });
  });

  test("tail fill and utilisation lie in (0, 1] and agree", () => {
    fc.assert(
      fc.property(counts, counts, (blocks, slots) => {
        const w = waves(blocks, slots);
        expect(w.tailFill).toBeGreaterThan(0);
        expect(w.tailFill).toBeLessThanOrEqual(1);
        expect(w.smUtilization).toBeGreaterThan(0);
        expect(w.smUtilization).toBeLessThanOrEqual(1);
        expect((w.waves - 1 + w.tailFill) * slots).toBeCloseTo(blocks, 5);
        expect(1 - w.smUtilization).toBeLessThanOrEqual(1 / w.waves);
      }),
    );
  });

  test("free headroom: blocks up to the end of a wave cost no wave", () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 5000 }), (blocks, slots) => {
        const { waves: n } = waves(blocks, slots);
        expect(waves(n * slots, slots).waves).toBe(n);
        expect(waves(n * slots + 1, slots).waves).toBe(n + 1);
      }),
    );
  });
});

describe("throttle", () => {
  test("within the budget the clock is boost, beyond it falls with the cube root", () => {
    expect(throttle(0.3, 0.5)).toBe(1);
    expect(throttle(1, 0.125)).toBeCloseTo(0.5, 12);
  });

  test("power at the throttled clock is the budget", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 2, noNaN: true }), (activity) => {
        const f = throttle(activity, 0.4);
        expect(activity * f ** 3).toBeLessThanOrEqual(0.4 + 1e-9);
        expect(f).toBeLessThanOrEqual(1);
      }),
    );
  });
});
