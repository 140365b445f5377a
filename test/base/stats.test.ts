import fc from "fast-check";
import { expect, test } from "vitest";
import {
  absolutePercentageErrors,
  mean,
  median,
  pearson,
  quantile,
  ranks,
  spearman,
  sum,
} from "../../src/base/stats.ts";

test("quantiles are numpy's", () => {
  // numpy.quantile([7, 1, 3, 10], [0, 0.1, 0.5, 0.9, 1])
  const xs = [7, 1, 3, 10];
  const expected = [1, 1.6, 5, 9.1, 10];
  [0, 0.1, 0.5, 0.9, 1].forEach((q, i) => {
    expect(quantile(xs, q)).toBeCloseTo(expected[i]!, 12);
  });
  expect(median([3])).toBe(3);
  expect(xs).toEqual([7, 1, 3, 10]);
});

test("an empty sample has no mean and no median", () => {
  expect(sum([])).toBe(0);
  expect(mean([])).toBeNaN();
  expect(median([])).toBeNaN();
});

test("correlations are scipy's, with ties", () => {
  // scipy.stats.pearsonr and spearmanr of these
  const xs = [1, 2, 2, 4, 5, 7];
  const ys = [3, 1, 4, 4, 9, 8];
  expect(Array.from(ranks(xs))).toEqual([1, 2.5, 2.5, 4, 5, 6]);
  expect(pearson(xs, ys)).toBeCloseTo(0.8247023555794566, 12);
  expect(spearman(xs, ys)).toBeCloseTo(0.8088235294117647, 12);
  expect(pearson([1, 1], [1, 2])).toBeNaN();
});

test("spearman sees only the order", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 3, maxLength: 20 }),
      (xs) => {
        fc.pre(new Set(xs).size > 1);
        expect(
          spearman(
            xs,
            xs.map((x) => x ** 3),
          ),
        ).toBeCloseTo(1, 12);
        expect(
          spearman(
            xs,
            xs.map((x) => -x),
          ),
        ).toBeCloseTo(-1, 12);
      },
    ),
    { numRuns: 100, seed: 1 },
  );
});

test("percentage errors are fractions of the measured value", () => {
  expect(Array.from(absolutePercentageErrors([9, 12], [10, 10]))).toEqual([0.1, 0.2]);
});
