import { expect, test } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import { curveOnDevices, regionCurve, waveBudget } from "../../../src/gpu/dynamic/index.ts";
import { shipped } from "../shipped.ts";
import { basic, basicBlock } from "./specs.ts";

test("a row for each fraction and device, with and without quantisation", () => {
  const rows = curveOnDevices(basicBlock, [shipped("v100-sxm2"), shipped("jetson-tx2")], {
    host: "compiled",
    fractions: [0, 0.5, 1],
  });
  expect(rows.map((r) => [r.device, r.keptFraction, r.active])).toEqual([
    ["v100-sxm2", 0, 0],
    ["v100-sxm2", 0.5, 32],
    ["v100-sxm2", 1, 64],
    ["jetson-tx2", 0, 0],
    ["jetson-tx2", 0.5, 32],
    ["jetson-tx2", 1, 64],
  ]);
  for (const row of rows) {
    // Spread without remainder <= soft staircase <= whole rounds.
    expect(row.smoothUs).toBeLessThanOrEqual(row.latencyUs + 1e-9);
    expect(row.quantisedUs).toBeGreaterThanOrEqual(row.latencyUs - 1e-9);
    expect(row.budgetActive).toBeGreaterThanOrEqual(row.active);
    expect(row.budgetUs).toBeLessThanOrEqual(1.02 * row.latencyUs);
    expect(row.promisedSpeedup).toBeLessThanOrEqual(Math.max(1, row.speedup) + 1e-12);
    expect(row.promisedSpeedup > 1).toBe(row.verdict === "dynamic");
  }
});

test("rows are what the region and its budget say; 21 fractions by default", () => {
  const region = basic();
  const rows = regionCurve(region);
  expect(rows).toHaveLength(21);
  const row = rows[7]!;
  expect(row.keptFraction).toBe(0.35);
  expect(row.active).toBe(23);
  expect(row.latencyUs).toBe(region.time(23).latencyUs);
  expect(row.budgetActive).toBe(waveBudget(region, 23).active);
  expect(row.denseUs).toBe(region.dense.latencyUs);
  expect(row.macsShare).toBe(region.time(23).macs / region.dense.macs);
});

test("refuses fractions outside [0, 1] and no devices", () => {
  expect(() => regionCurve(basic(), { fractions: [1.2] })).toThrow("kept fraction 1.2");
  expect(() => curveOnDevices(basicBlock, [])).toThrow(UserError);
});
