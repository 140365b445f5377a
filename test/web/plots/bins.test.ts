import fc from "fast-check";
import { expect, it } from "vitest";
import { binning, histogram } from "../../../web/src/plots/histogram.ts";
import { bundle, firmness, levelsOf } from "../../../web/src/plots/parallel-bins.ts";

const value = fc.oneof(
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 0, 1),
);

it("counts every finite value once, in a bin that holds it", () => {
  fc.assert(
    fc.property(
      fc.array(value, { maxLength: 50 }),
      fc.integer({ min: 1, max: 40 }),
      (list, bins) => {
        const values = Float64Array.from(list);
        const edges = binning(values, bins);
        const finite = list.filter(Number.isFinite);
        if (edges === undefined) {
          expect(finite).toEqual([]);
          return;
        }
        const { counts } = histogram(values, edges, bins);
        expect(counts.reduce((a, b) => a + b, 0)).toBe(finite.length);
        const end = edges.low + bins * edges.step;
        const slack = 1e-9 * (Math.abs(end) + Math.abs(edges.low) + 1);
        for (const x of finite) {
          expect(x).toBeGreaterThanOrEqual(edges.low - slack);
          expect(x).toBeLessThanOrEqual(end + slack);
        }
      },
    ),
    // A bin of less than the least number has no width.
    { examples: [[[0, 5e-324], 2]] },
  );
});

it("counts only what is shown", () => {
  const values = Float64Array.of(0, 1, 2, 3);
  const { counts } = histogram(values, { low: 0, step: 1 }, 4, (row) => row % 2 === 0);
  expect([...counts]).toEqual([1, 0, 1, 0]);
});

it("bundles lines that share both ends, and loses none", () => {
  const level = fc.integer({ min: -1, max: 6 });
  fc.assert(
    fc.property(fc.array(fc.tuple(level, level, fc.boolean()), { maxLength: 60 }), (list) => {
      const left = Int16Array.from(list, ([a]) => a);
      const right = Int16Array.from(list, ([, b]) => b);
      const kept = Uint8Array.from(list, ([, , on]) => Number(on));
      const { from, to, weight } = bundle(left, right, 7, kept);
      const expected = new Map<string, number>();
      for (const [a, b, on] of list)
        if (on && a >= 0 && b >= 0) expected.set(`${a} ${b}`, (expected.get(`${a} ${b}`) ?? 0) + 1);
      const found = new Map(Array.from(weight, (w, i) => [`${from[i]} ${to[i]}`, w]));
      expect(found).toEqual(expected);
    }),
  );
});

it("puts the ends of an axis on its first and last level", () => {
  expect([...levelsOf([2, 4, 3, Number.NaN, 9], [2, 4], 101)]).toEqual([0, 100, 50, -1, -1]);
});

it("makes heavier lines no fainter", () => {
  const count = fc.integer({ min: 1, max: 1000 });
  fc.assert(
    fc.property(count, count, (a, b) => {
      const [light, heavy] = [Math.min(a, b), Math.max(a, b)];
      expect(firmness(light, 1000, 10)).toBeLessThanOrEqual(firmness(heavy, 1000, 10));
      expect(firmness(light, 1000, 10)).toBeGreaterThan(0);
      expect(firmness(heavy, 1000, 10)).toBeLessThanOrEqual(1);
    }),
  );
});
