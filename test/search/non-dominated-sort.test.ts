import fc from "fast-check";
import { expect, test } from "vitest";
import { stream } from "../../src/base/rng.ts";
import { crowdingDistances } from "../../src/search/crowding.ts";
import { dominates } from "../../src/search/dominance.ts";
import { Front } from "../../src/search/front.ts";
import {
  frontsOf,
  nonDominatedRanks,
  nonDominatedRanksOfColumns,
} from "../../src/search/non-dominated-sort.ts";
import { vectors } from "./vectors.ts";

/** By the definition: peel off what nothing left dominates. */
function peel(points: readonly (readonly number[])[]): number[] {
  const ranks = points.map(() => -1);
  for (let r = 0; ranks.includes(-1); r++) {
    const left = points.flatMap((_, i) => (ranks[i] === -1 ? [i] : []));
    const front = left.filter((i) => !left.some((j) => dominates(points[j]!, points[i]!)));
    for (const i of front) ranks[i] = r;
  }
  return ranks;
}

const coordinate = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 4 }) },
  { weight: 2, arbitrary: fc.double({ min: -2, max: 2, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0) },
);
const pointSet = fc
  .integer({ min: 1, max: 5 })
  .chain((m) => fc.array(fc.array(coordinate, { minLength: m, maxLength: m }), { maxLength: 40 }));

test("ranks are those of the definition, with ties, copies and infinities", () => {
  fc.assert(
    fc.property(pointSet, (points) => {
      expect(Array.from(nonDominatedRanks(points))).toEqual(peel(points));
    }),
    { numRuns: 600, seed: 1 },
  );
});

test("columns give the ranks of points; a column too short or with a NaN is refused", () => {
  const rng = stream(1, "columns");
  for (const m of [1, 2, 3, 4]) {
    const columns = Array.from({ length: m }, () =>
      Float64Array.from({ length: 700 }, () => Math.round(30 * rng.float())),
    );
    const points = Array.from({ length: 700 }, (_, i) => columns.map((column) => column[i]!));
    const ranks = Array.from(nonDominatedRanksOfColumns(columns));
    expect(ranks).toEqual(Array.from(nonDominatedRanks(points)));
    if (m > 1) expect(ranks).toEqual(peel(points));
  }
  expect(() => nonDominatedRanksOfColumns([new Float64Array(2), new Float64Array(1)])).toThrow(
    /objective 1 has 1 values, objective 0 2/,
  );
  expect(() => nonDominatedRanksOfColumns([Float64Array.of(1, Number.NaN)])).toThrow(/point 1 is/);
});

test.each(vectors)("ranks and crowding distances are pymoo's: %s", (_, c) => {
  expect(Array.from(nonDominatedRanks(c.points))).toEqual(c.ranks);
  if (c.crowding === null) return;
  const distances = crowdingDistances(c.points);
  c.crowding.forEach((expected, i) => {
    if (expected === null) expect(distances[i]).toBe(Number.POSITIVE_INFINITY);
    else expect(distances[i]).toBeCloseTo(expected, 12);
  });
});

test("no points have no fronts; a NaN is refused", () => {
  expect(frontsOf(nonDominatedRanks([]))).toEqual([]);
  expect(() => nonDominatedRanks([[1, Number.NaN]])).toThrow(/objective 1 of point 0/);
  expect(() => nonDominatedRanks([[1, 2], [1]])).toThrow(/objective 1 of point 1/);
});

test("crowding: one or two points are extreme, a constant objective says nothing", () => {
  expect(Array.from(crowdingDistances([[1, 2]]))).toEqual([Number.POSITIVE_INFINITY]);
  const inner = crowdingDistances([
    [0, 7],
    [1, 7],
    [4, 7],
  ]);
  expect(inner[1]).toBe(0.5);
});

test("the archive keeps the first front of what was added, in any order", () => {
  fc.assert(
    fc.property(pointSet, (points) => {
      const front = new Front<number>();
      points.forEach((p, i) => {
        const added = front.add(p, i);
        const dominatedSoFar = points.slice(0, i).some((q) => dominates(q, p));
        expect(added).toBe(!dominatedSoFar);
      });
      const ranks = nonDominatedRanks(points);
      const expected = points.flatMap((_, i) => (ranks[i] === 0 ? [i] : []));
      const members = front.members();
      expect(members.map((m) => m.item).sort((a, b) => a - b)).toEqual(expected);
      expect(front.size).toBe(expected.length);
      for (const m of members) expect(m.point).toBe(points[m.item]);
    }),
    { numRuns: 600, seed: 2 },
  );
});
