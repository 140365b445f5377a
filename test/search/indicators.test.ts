import fc from "fast-check";
import { expect, test } from "vitest";
import { dominates } from "../../src/search/dominance.ts";
import { additiveEpsilon, igd, igdPlus } from "../../src/search/indicators.ts";
import { selectSurvivors } from "../../src/search/survivors.ts";
import { vectors } from "./vectors.ts";

test.each(vectors)("IGD and IGD+ are pymoo's, epsilon is moocore's: %s", (_, c) => {
  expect(igd(c.points, c.front)).toBeCloseTo(c.igd, 12);
  expect(igdPlus(c.points, c.front)).toBeCloseTo(c.igdPlus, 12);
  expect(additiveEpsilon(c.points, c.front)).toBeCloseTo(c.additiveEpsilon, 12);
});

test("the front is at no distance from itself; nothing is infinitely far", () => {
  const front = [
    [0, 1],
    [1, 0],
  ];
  for (const indicator of [igd, igdPlus, additiveEpsilon]) {
    expect(indicator(front, front)).toBe(0);
    expect(indicator([], front)).toBe(Number.POSITIVE_INFINITY);
    expect(() => indicator([[Number.NaN, 0]], front)).toThrow(/objective 0 of point 0 is NaN/);
    expect(() => indicator(front, [])).toThrow(/front is empty/);
  }
  expect(
    additiveEpsilon(
      [
        [0.5, 1.25],
        [1.5, 0],
      ],
      front,
    ),
  ).toBe(0.5);
});

const objective = fc.integer({ min: 0, max: 6 });
const result = fc.record({
  objectives: fc.tuple(objective, objective),
  violation: fc.constantFrom(0, 0, 0, 1, 2),
});

test("survivors are feasible, as many as asked for, and none is dominated by one that goes", () => {
  fc.assert(
    fc.property(
      fc.array(result, { maxLength: 30 }),
      fc.double({ min: 0.05, max: 1, noNaN: true }),
      (results, fraction) => {
        const kept = selectSurvivors(results, fraction);
        const feasible = results.flatMap((r, i) => (r.violation === 0 ? [i] : []));
        expect(kept.every((i) => feasible.includes(i))).toBe(true);
        expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
        expect(kept.length).toBe(
          feasible.length - Math.floor((1 - fraction) * feasible.length + 1e-9),
        );
        for (const i of feasible.filter((j) => !kept.includes(j))) {
          for (const k of kept) {
            expect(dominates(results[i]!.objectives, results[k]!.objectives)).toBe(false);
          }
        }
        expect(selectSurvivors(results, 1)).toEqual(feasible);
      },
    ),
    { numRuns: 300, seed: 3 },
  );
});

test("a survivor's NaN is none, and the crowded go first", () => {
  expect(selectSurvivors([{ objectives: [Number.NaN], violation: 0 }], 1)).toEqual([]);
  expect(selectSurvivors([{ objectives: [1], violation: Number.NaN }], 1)).toEqual([]);
  const line = [0, 4, 4.5, 5, 10].map((x) => ({ objectives: [x, 10 - x], violation: 0 }));
  expect(selectSurvivors(line, 0.8)).toEqual([0, 1, 3, 4]);
});
