import fc from "fast-check";
import { expect, test } from "vitest";
import { stream } from "../../src/base/rng.ts";
import { NumberSet } from "../../src/search/number-set.ts";
import { ascendingOrder } from "../../src/search/order.ts";

/** Stable by the language's own definition. */
function expected(values: Float64Array): number[] {
  return [...values.keys()].sort((a, b) =>
    values[a]! < values[b]! ? -1 : values[a]! > values[b]! ? 1 : a - b,
  );
}

const value = fc.oneof(
  fc.double({ noNaN: true }),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MIN_VALUE),
);

test("few numbers come in ascending order, equal ones in the order given", () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 60 }), (list) => {
      const values = Float64Array.from(list);
      expect(Array.from(ascendingOrder(values))).toEqual(expected(values));
    }),
    { numRuns: 300, seed: 1 },
  );
});

const special = [0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, -5e-324];
const many: [string, (u: number, i: number) => number][] = [
  ["uniform", (u) => u],
  ["of both signs and all sizes", (u, i) => (i % 2 ? 1 : -1) * 10 ** (600 * u - 300)],
  ["with an outlier", (u, i) => (i === 7 ? 1e300 : u)],
  ["equal but for the last digits", (u) => 1e9 + u * 1e-3],
  ["of few different values", (u) => Math.floor(u * 5) - 2],
  ["all equal", () => 3],
  ["ascending", (_, i) => i],
  ["descending", (_, i) => -i],
  ["descending with ties", (_, i) => -Math.floor(i / 2)],
  ["with infinities and zeros of both signs", (u, i) => (i % 3 ? u - 0.5 : special[i % 6]!)],
];

test.each(many)("many numbers do too: %s", (_, make) => {
  for (const n of [13, 399, 401, 3000]) {
    const rng = stream(1, "order", n);
    const values = Float64Array.from({ length: n }, (__, i) => make(rng.float(), i));
    expect(Array.from(ascendingOrder(values))).toEqual(expected(values));
  }
});

test("a set of numbers tells what it holds, however many, and restores from its list", () => {
  const rng = stream(2, "set");
  const reference = new Set<number>();
  const set = new NumberSet();
  const wrong: number[] = [];
  for (let i = 0; i < 20_000; i++) {
    // runs of neighbours, multiples of 2^32, and any of 53 bits
    const kind = i % 3;
    const x =
      kind === 0
        ? Math.floor(rng.float() * 5000)
        : kind === 1
          ? rng.int(3000) * 2 ** 32
          : Math.floor(rng.float() * Number.MAX_SAFE_INTEGER);
    if (set.add(x) === reference.has(x)) wrong.push(x);
    reference.add(x);
  }
  expect(wrong).toEqual([]);
  expect(set.size).toBe(reference.size);
  expect(set.values()).toEqual([...reference].sort((a, b) => a - b));
  const copy = new NumberSet(set.values());
  expect(copy.size).toBe(set.size);
  expect([...reference].filter((x) => copy.add(x))).toEqual([]);
});
