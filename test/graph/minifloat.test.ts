import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeMiniFloat, encodeMiniFloat, type MiniFloat } from "../../src/graph/minifloat.ts";

const BITS: Readonly<Record<MiniFloat, number>> = {
  float16: 16,
  bfloat16: 16,
  float8e4m3fn: 8,
  float8e4m3fnuz: 8,
  float8e5m2: 8,
  float8e5m2fnuz: 8,
  float8e8m0: 8,
  float6e2m3: 6,
  float6e3m2: 6,
  float4e2m1: 4,
};

describe.each(Object.entries(BITS) as [MiniFloat, number][])("%s", (dtype, bits) => {
  test("each code is the code of its number", () => {
    for (let code = 0; code < 1 << bits; code++) {
      const x = decodeMiniFloat(dtype, code);
      if (Number.isNaN(x)) expect(decodeMiniFloat(dtype, encodeMiniFloat(dtype, x))).toBeNaN();
      else expect(encodeMiniFloat(dtype, x)).toBe(code);
    }
  });

  if (dtype !== "float8e8m0")
    test("a number becomes the nearest code, ties to even", () => {
      const codes = Array.from({ length: 1 << bits }, (_, i) => i)
        .map((code) => ({ code, x: decodeMiniFloat(dtype, code) }))
        .filter(({ x }) => Number.isFinite(x) && !Object.is(x, -0))
        .sort((a, b) => a.x - b.x);
      const largest = codes.at(-1)!.x;
      fc.assert(
        fc.property(fc.double({ min: -largest, max: largest, noNaN: true }), (x) => {
          const got = encodeMiniFloat(dtype, x);
          const distance = Math.abs(decodeMiniFloat(dtype, got) - x);
          const nearest = codes.filter((c) => Math.abs(c.x - x) <= distance);
          // One at no greater distance; of two, the even one.
          expect(nearest.length).toBeLessThanOrEqual(2);
          if (nearest.length === 2) expect(got % 2).toBe(0);
        }),
        { numRuns: bits === 16 ? 20 : 200, seed: 1 },
      );
    });
});

test("published landmarks", () => {
  // IEEE 754 binary16; OCP 8-bit floating point specification, table 1.
  expect(decodeMiniFloat("float16", 0x7bff)).toBe(65504);
  expect(decodeMiniFloat("float16", 0x0001)).toBe(2 ** -24);
  expect(decodeMiniFloat("float16", 0xfc00)).toBe(Number.NEGATIVE_INFINITY);
  expect(decodeMiniFloat("float8e4m3fn", 0x7e)).toBe(448);
  expect(decodeMiniFloat("float8e4m3fn", 0x7f)).toBeNaN();
  expect(decodeMiniFloat("float8e5m2", 0x7b)).toBe(57344);
  expect(decodeMiniFloat("float8e4m3fnuz", 0x7f)).toBe(240);
  expect(decodeMiniFloat("float4e2m1", 0x7)).toBe(6);
  expect(encodeMiniFloat("float16", 65520)).toBe(0x7c00);
  expect(encodeMiniFloat("float8e4m3fn", 1e9)).toBe(0x7e);
});
