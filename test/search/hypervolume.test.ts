import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { dominates } from "../../src/search/dominance.ts";
import { hypervolume, hypervolumeContributions } from "../../src/search/hypervolume.ts";
import { vectors } from "./vectors.ts";

const exact = JSON.parse(
  readFileSync(new URL("../data/search/moo_reference.json", import.meta.url), "utf8"),
) as {
  readonly exact_hv_zdt_by_ref: Record<string, Record<string, number>>;
  readonly exact_hv_dtlz_by_M: Record<string, Record<string, number>>;
};

/** Counts the cells of the grid that all coordinates span: exact for integers. */
function count(points: readonly (readonly number[])[], reference: readonly number[]): number {
  let cells: number[][] = [[]];
  for (const r of reference) {
    cells = cells.flatMap((c) => Array.from({ length: r }, (_, k) => [...c, k]));
  }
  return cells.filter((c) => points.some((p) => p.every((x, k) => x <= c[k]!))).length;
}

const integerSet = fc.integer({ min: 1, max: 5 }).chain((m) =>
  fc.record({
    points: fc.array(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: m, maxLength: m }), {
      maxLength: 14,
    }),
    reference: fc.array(fc.integer({ min: 2, max: 4 }), { minLength: m, maxLength: m }),
  }),
);

test("is the number of dominated cells of an integer grid", () => {
  fc.assert(
    fc.property(integerSet, ({ points, reference }) => {
      expect(hypervolume(points, reference)).toBe(count(points, reference));
    }),
    { numRuns: 500, seed: 1 },
  );
});

test("a contribution is what the front loses with the point", () => {
  fc.assert(
    fc.property(integerSet, ({ points, reference }) => {
      const expected = points.map((p, i) => {
        if (points.some((q) => dominates(q, p))) return 0;
        const front = points.filter((q) => !points.some((o) => dominates(o, q)));
        const without = front.toSpliced(front.indexOf(points[i]!), 1);
        return count(front, reference) - count(without, reference);
      });
      expect(Array.from(hypervolumeContributions(points, reference))).toEqual(expected);
    }),
    { numRuns: 200, seed: 2 },
  );
});

test.each(vectors)("is moocore's: %s", (_, c) => {
  expect(Math.abs(hypervolume(c.points, c.reference) / c.hypervolume - 1)).toBeLessThan(1e-12);
  const contributions = hypervolumeContributions(c.points, c.reference);
  c.contributions.forEach((expected, i) => {
    expect(Math.abs(contributions[i]! - expected)).toBeLessThan(1e-11);
  });
});

/**
 * The trapezoid rule out of two point sets: with the left and with the right end of each interval
 * as its height, so that the staircases' errors cancel to second order.
 */
function trapezoid(
  pieces: readonly (readonly [from: number, to: number])[],
  f: (t: number) => readonly [number, number],
  reference: readonly number[],
): number {
  const n = 50_000;
  const left: number[][] = [];
  const right: number[][] = [];
  for (const [from, to] of pieces) {
    const at = (i: number) => f(from + ((to - from) * i) / n);
    for (let i = 0; i <= n; i++) left.push([...at(i)]);
    for (let i = 0; i < n; i++) right.push([at(i)[0], at(i + 1)[1]]);
  }
  return (hypervolume(left, reference) + hypervolume(right, reference)) / 2;
}

const f0 = 0.2807753191;
const zdt3Regions = [
  [0, 0.0830015349],
  [0.18222878, 0.2577623634],
  [0.4093136748, 0.4538821041],
  [0.6183967944, 0.6525117038],
  [0.8233317983, 0.8518328654],
] as const;
type Curve = readonly [
  string,
  readonly (readonly [number, number])[],
  (t: number) => readonly [number, number],
];
const curves: readonly Curve[] = [
  ["ZDT1", [[0, 1]], (t) => [t * t, 1 - t]],
  ["ZDT2", [[0, 1]], (t) => [t, 1 - t * t]],
  [
    "ZDT3",
    // in the square root of f1, where the curve is smooth at 0
    zdt3Regions.map(([a, b]) => [Math.sqrt(a), Math.sqrt(b)] as const),
    (t) => [t * t, 1 - t - t * t * Math.sin(10 * Math.PI * t * t)],
  ],
  ["ZDT6", [[f0, 1]], (t) => [t, 1 - t * t]],
];

test.each(curves)("of the front of %s is the closed form", (name, pieces, f) => {
  for (const r of ["1.0", "1.1", "11.0"]) {
    const expected = exact.exact_hv_zdt_by_ref[r]![name]!;
    const got = trapezoid(pieces, f, [Number(r), Number(r)]);
    // the extremes at f1 = 1 or f2 = 1 add nothing below a reference of 1: no special case
    expect(Math.abs(got - expected)).toBeLessThan(1e-9 * Math.max(1, expected));
  }
});

test("of the front of DTLZ2 with two objectives is the closed form", () => {
  const arc = (t: number) => [Math.sin(t), Math.cos(t)] as const;
  for (const r of [1.1, 2]) {
    const expected = exact.exact_hv_dtlz_by_M["2"]![`DTLZ2_ref${r}`]!;
    expect(Math.abs(trapezoid([[0, Math.PI / 2]], arc, [r, r]) - expected)).toBeLessThan(1e-9);
  }
});

/** All points of the simplex of sum 0.5 whose coordinates are multiples of 0.5 / n. */
function simplex(m: number, n: number): number[][] {
  const points: number[][] = [];
  const fill = (head: number[], left: number) => {
    if (head.length === m - 1) points.push([...head, left].map((k) => (0.5 * k) / n));
    else for (let k = 0; k <= left; k++) fill([...head, k], left - k);
  };
  fill([], n);
  return points;
}

test.each([
  [2, 200],
  [3, 40],
  [4, 12],
  [5, 8],
  [6, 5],
])("of a lattice on DTLZ1's front with %i objectives is the closed form", (m, n) => {
  // a cell below the staircase has its lower corner's indices sum to n - 1 at most
  let cells = 1;
  for (let k = 0; k < m; k++) cells *= (n + k) / (k + 1);
  for (const r of [0.55, 1]) {
    const expected = r ** m - (0.5 / n) ** m * cells;
    expect(Math.abs(hypervolume(simplex(m, n), Array(m).fill(r)) - expected)).toBeLessThan(1e-12);
  }
});

test.each([2, 3])("lattices on DTLZ1's front with %i objectives extrapolate to its volume", (m) => {
  const r = Array<number>(m).fill(0.55);
  const [a, b, c] = [10, 20, 40].map((n) => hypervolume(simplex(m, n), r));
  // the volume is a polynomial of degree m - 1 <= 2 in 1 / n: Richardson's rule is exact
  const limit = (8 * c! - 6 * b! + a!) / 3;
  const expected = exact.exact_hv_dtlz_by_M[String(m)]!["DTLZ1_ref0.55"]!;
  expect(Math.abs(limit - expected)).toBeLessThan(1e-9);
});

/**
 * Cells of the grid of n^m on [0, 1]^m by their lower corner: those whose upper corner lies on or
 * outside the unit sphere. As points, the corners dominate exactly these cells and all beyond 1.
 */
function outerCells(m: number, n: number) {
  const outside = (cell: readonly number[]) =>
    cell.reduce((sum, c) => sum + (c + 1) ** 2, 0) >= n * n;
  let cells: number[][] = [[]];
  for (let k = 0; k < m; k++) {
    cells = cells.flatMap((cell) => Array.from({ length: n }, (_, c) => [...cell, c]));
  }
  const outer = cells.filter(outside);
  const lowest = outer.filter((cell) =>
    cell.every((c, k) => c === 0 || !outside(cell.with(k, c - 1))),
  );
  return { inner: cells.length - outer.length, lowest };
}

/** Volume of the unit ball's positive part. */
const orthant = [1, 1, Math.PI / 4, Math.PI / 6, Math.PI ** 2 / 32, Math.PI ** 2 / 60];

test.each([
  [3, [16, 32]],
  [4, [5, 10]],
  [5, [3, 6]],
] as const)(
  "of lattices about DTLZ2's front with %i objectives is exact, and encloses it",
  (m, ns) => {
    for (const r of [1.1, 2]) {
      const expected = r ** m - orthant[m]!;
      const recorded = exact.exact_hv_dtlz_by_M[m]?.[`DTLZ2_ref${r}`];
      if (recorded !== undefined)
        expect(Math.abs(expected - recorded)).toBeLessThan(1e-12 * r ** m);
      const widths = ns.map((n) => {
        const { inner, lowest } = outerCells(m, n);
        const reference = Array<number>(m).fill(r);
        const below = lowest.map((cell) => cell.map((c) => c / n));
        const above = lowest.map((cell) => cell.map((c) => (c + 1) / n));
        const upper = hypervolume(below, reference);
        const lower = hypervolume(above, reference);
        expect(Math.abs(upper - (r ** m - inner / n ** m))).toBeLessThan(1e-12 * r ** m);
        // a step towards the reference is the same shape under a reference a step nearer
        const shorter = r - 1 / n;
        expect(Math.abs(lower - (shorter ** m - inner / n ** m))).toBeLessThan(1e-12 * r ** m);
        expect(lower).toBeLessThan(expected);
        expect(upper).toBeGreaterThan(expected);
        return upper - lower;
      });
      expect(widths[1]! / widths[0]!).toBeLessThan(0.75);
    }
  },
);

test("what lies outside the reference adds nothing; NaN is refused", () => {
  expect(hypervolume([], [1, 1])).toBe(0);
  expect(
    hypervolume(
      [
        [1, 0],
        [0, Number.POSITIVE_INFINITY],
        [2, -5],
      ],
      [1, 1],
    ),
  ).toBe(0);
  expect(hypervolume([[0.5, Number.NEGATIVE_INFINITY]], [1, 1])).toBe(Number.POSITIVE_INFINITY);
  expect(() => hypervolume([[0, Number.NaN]], [1, 1])).toThrow(/objective 1 of point 0 is NaN/);
  expect(() => hypervolume([[0, 0, 0]], [1, 1])).toThrow(/3 objectives, the reference 2/);
  expect(() => hypervolume([[0]], [Number.POSITIVE_INFINITY])).toThrow(/reference 0/);
});
