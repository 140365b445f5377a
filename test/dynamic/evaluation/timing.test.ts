import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sideTimes } from "../../../src/dynamic/evaluation/timing.ts";
import { speedupText } from "../../../src/report/dynamic/speedup.ts";

/** Three rounds of two batches of 2 images, ms. */
const dense = [
  [4, 4],
  [8, 8],
  [2, 2],
];
const dynamic = [
  [2, 2],
  [2, 6],
  [1, 1],
];

describe("time of the sides", () => {
  const [first, second] = sideTimes(["dense", "dynamic"], [dense, dynamic], 2);

  it("gives a speed-up that the times themselves give", () => {
    expect([first!.msPerImage, second!.msPerImage]).toEqual([2, 1]);
    expect([first!.speedup, second!.speedup]).toEqual([1, 2]);
    expect(second!.worstMsPerImage).toBe(1);
  });

  it("gives the range of the ratios within the rounds, and says it where they spread", () => {
    // Within the rounds all are 2.
    expect(second!.speedupRange).toEqual([2, 2]);
    expect(speedupText(second!)).toBe("2.00x");
    // Within these 4, 2 and 1.
    const [, apart] = sideTimes(
      ["a", "b"],
      [
        [[4], [4], [4]],
        [[1], [2], [4]],
      ],
      1,
    );
    expect(apart!.speedupRange).toEqual([1, 4]);
    expect(speedupText(apart!)).toBe("2.00x (1.00 to 4.00 over rounds)");
  });

  it("gives a speed-up within that range", () => {
    const ms = fc.integer({ min: 1, max: 50 });
    fc.assert(
      fc.property(fc.array(fc.tuple(ms, ms), { minLength: 1, maxLength: 9 }), (rounds) => {
        const [a, b] = [0, 1].map((side) => rounds.map((each) => [each[side]!]));
        const { speedup, speedupRange } = sideTimes(["a", "b"], [a!, b!], 1)[1]!;
        expect(speedup).toBeGreaterThanOrEqual(speedupRange[0] - 1e-9);
        expect(speedup).toBeLessThanOrEqual(speedupRange[1] + 1e-9);
      }),
    );
  });
});
