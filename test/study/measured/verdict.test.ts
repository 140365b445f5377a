import { expect, test } from "vitest";
import type { FamilyErrors, FitPlan } from "../../../src/gpu/calibration/fit-board.ts";
import type { Observation } from "../../../src/gpu/calibration/observation.ts";
import { boundsOf, objectionsTo } from "../../../src/study/measured/verdict.ts";

test("bounds that no GPU has are told from shares that are as good as whole", () => {
  const bounds = boundsOf({
    gemmEfficiency: 0.998,
    implicitEfficiency: 0.0101,
    fusedEfficiency: 0.5,
    gemmOverheadSteps: 0,
    int8OverheadSteps: 999,
  });
  expect(bounds.map(({ parameter, bound, absurd }) => [parameter, bound, absurd])).toEqual([
    ["gemmEfficiency", 1, false],
    ["implicitEfficiency", 0.01, true],
    ["gemmOverheadSteps", 0, false],
    ["int8OverheadSteps", 1000, true],
  ]);
  expect(objectionsTo(bounds, [], { stages: [], stay: {} })).toEqual([
    expect.stringMatching(/implicitEfficiency at 0\.0101, its bound is 0\.01:/),
    expect.stringMatching(/int8OverheadSteps at 999, its bound is 1000:/),
  ]);
});

const family = (count: number, before: number, after: number): FamilyErrors => ({
  data: "own",
  family: "linear",
  precision: "fp32",
  count,
  before: { mape: before, medianApe: before, bias: 0 },
  after: { mape: after, medianApe: after, bias: 0 },
});
const plan: FitPlan = {
  stages: [{ names: ["gemmEfficiency"], rows: [{ precision: "fp32" } as Observation] }],
  stay: {},
};

test.each<[string, FamilyErrors[], RegExp | null]>([
  ["better", [family(20, 0.3, 0.1)], null],
  ["as good as before", [family(20, 0.074, 0.077)], null],
  ["worse in one family, better in the other", [family(20, 0.1, 0.2), family(200, 0.2, 0.1)], null],
  ["worse", [family(20, 0.1, 0.2)], /error larger: 10\.0 % before, 20\.0 % after/],
  [
    "bad",
    [family(20, 0.9, 0.6)],
    /own linear fp32: off by 60\.0 % after the fit too, 90\.0 % before/,
  ],
  ["bad in a few rows", [family(3, 0.9, 0.6)], null],
])("errors: %s", (_, families, expected) => {
  const objections = objectionsTo([], families, plan);
  if (expected === null) expect(objections).toEqual([]);
  else expect(objections).toEqual([expect.stringMatching(expected)]);
});
