import { describe, expect, test } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { median } from "../../src/base/stats.ts";
import { calibrate, groupBy } from "../../src/gpu/calibration/calibrate.ts";
import { datasetKind, readRows } from "../../src/gpu/calibration/datasets.ts";
import { fitParameters, harnessKey, predictUs } from "../../src/gpu/calibration/fit.ts";
import { leastSquares, solve } from "../../src/gpu/calibration/least-squares.ts";
import { isHeldOut, type Observation } from "../../src/gpu/calibration/observation.ts";
import { parseDevice, withParameters } from "../../src/gpu/device.ts";
import { planKernels } from "../../src/gpu/kernels/index.ts";
import { sharedPath } from "../shared.ts";
import { everything, sample, shippedIds, shippedJson } from "./measured.ts";
import { shipped } from "./shipped.ts";

describe("least squares", () => {
  test("solves a linear system", () => {
    const x = solve(
      [
        [0, 2, 1],
        [1, 1, 0],
        [3, 0, 1],
      ],
      [7, 3, 6],
    );
    expect(x[0]).toBeCloseTo(1, 12);
    expect(x[1]).toBeCloseTo(2, 12);
    expect(x[2]).toBeCloseTo(3, 12);
  });

  test("finds a curve through outliers that bend ordinary least squares", () => {
    const xs = Array.from({ length: 60 }, (_, i) => i / 10);
    const ys = xs.map((x, i) => 2 * Math.exp(-0.7 * x) + (i % 6 === 0 ? 1.5 : 0));
    const fit = leastSquares({
      start: [1, -0.2],
      sigma: [10, 10],
      count: xs.length,
      priorWeight: 0.01,
      residuals(p, out) {
        for (let i = 0; i < xs.length; i++) out[i] = p[0]! * Math.exp(p[1]! * xs[i]!) - ys[i]!;
      },
    });
    expect(fit.x[0]).toBeCloseTo(2, 1);
    expect(fit.x[1]).toBeCloseTo(-0.7, 1);
  });

  test("without data the prior holds", () => {
    const fit = leastSquares({ start: [3, 4], sigma: [1, 1], count: 0, residuals: () => {} });
    expect(fit.x).toEqual([3, 4]);
  });
});

describe("fit", () => {
  test("recovers the parameters that made the measurements", () => {
    const board = shipped("a100-80-pcie");
    const truth = withParameters(board, { gemmEfficiency: 0.8, gemmOverheadSteps: 25 });
    const rows: Observation[] = [];
    for (let k = 16; k <= 1024; k += 16) {
      for (const side of [512, 1500, 4096]) {
        const work = { kind: "matmul", batch: 1, m: side, n: side, k, weightB: true, bias: false };
        const row = {
          device: board.id,
          origin: "neusight",
          family: "linear",
          precision: "fp32",
          work,
          launched: { tile: "sgemm_128x64", splitK: 1 },
          shape: `${side},${k}`,
        } as Omit<Observation, "measuredUs">;
        rows.push({ ...row, measuredUs: predictUs({ ...row, measuredUs: 0 }, truth, true) + 40 });
      }
    }
    const fit = fitParameters(board, rows, {
      names: ["gemmEfficiency", "gemmOverheadSteps"],
      // No prior to speak of: the rows alone shall say it.
      sigma: { gemmEfficiency: 20, gemmOverheadSteps: 20 },
    });
    expect(fit.parameters.gemmEfficiency! / 0.8).toBeCloseTo(1, 1);
    expect(fit.parameters.gemmOverheadSteps! / 25).toBeCloseTo(1, 1);
    expect(fit.harnessUs["neusight linear fp32"]! / 40).toBeCloseTo(1, 1);
  });

  test("is deterministic, and its result parses as a device's calibration", () => {
    const { calibration: _, ...dataSheet } = shippedJson("v100-pcie") as Record<string, unknown>;
    const board = parseDevice(dataSheet);
    expect(board.calibrated).toBe(false);
    const rows = sample().map((o, i) => ({ ...o, shape: `${o.shape}#${i}` }));
    const first = calibrate(board, rows);
    expect(calibrate(board, rows).calibration).toEqual(first.calibration);
    const again = parseDevice({ ...dataSheet, calibration: first.calibration });
    expect(again.calibrated).toBe(true);
    expect(again.parameters.gemmEfficiency).toBeCloseTo(first.device.parameters.gemmEfficiency, 3);
  });

  test("too few rows are refused", () => {
    expect(() => calibrate(shipped("m40"), sample())).toThrow(UserError);
    expect(() => calibrate(shipped("m40"), sample())).toThrow(/m40: 0 measurements/);
  });
});

describe("reading rows", () => {
  test("times that are not positive are skipped and counted", () => {
    const row = {
      gpu: "T4",
      b: "1",
      m: "8",
      n_reduce: "8",
      k_out: "8",
      kernel: "1",
      grid: "1x1x1",
    };
    const rows = ["0", "-1", "nan", "", "0.1"].map((ms) => ({ ...row, ms }));
    const read = readRows(rows, "neusight-linear", {});
    expect(read.observations).toHaveLength(1);
    expect(Object.fromEntries(read.skipped)).toEqual({
      "a time of 0": 1,
      "a negative time": 1,
      "no time": 1,
      "the time is no number": 1,
    });
  });

  test("a header that we do not know is not guessed", () => {
    expect(datasetKind(["a", "b"], "linear.csv")).toBeUndefined();
  });

  test("a shape is held out on every board or on none", () => {
    const byShape = groupBy(sample(), (o) => o.shape);
    for (const [, rows] of byShape) expect(new Set(rows.map(isHeldOut)).size).toBe(1);
    expect(sample().every(isHeldOut)).toBe(true);
  });
});

/** The bar for boards above 75 W: half of the rows within 20 %, algorithm and tile by the model. */
const BAR = 0.2;
/** NeuSight's boards of 75 W and less throttle by time and temperature, which no row records. */
const CAPPED = new Set(["p4", "t4", "l4"]);

function medianErrors(rows: readonly Observation[]): [string, number][] {
  return groupBy(rows, (o) => `${o.device} ${harnessKey(o)}`).map(([key, group]) => {
    const device = shipped(group[0]!.device);
    const fits = device.calibration?.fittedOn ?? [];
    const fit = fits.find((f) => `${f.data} ${f.family} ${f.precision}` === harnessKey(group[0]!));
    const errors = group.map(
      (o) =>
        Math.abs(predictUs(o, device, false) + (fit?.harnessUs ?? 0) - o.measuredUs) / o.measuredUs,
    );
    return [key, median(errors)];
  });
}

describe("accuracy on shapes that no fit has seen", () => {
  const above = (o: Observation): boolean => o.origin === "neusight" && !CAPPED.has(o.device);

  test("committed sample", () => {
    const groups = medianErrors(sample().filter(above));
    expect(groups.length).toBe(8);
    for (const [key, error] of groups) expect(error, key).toBeLessThan(BAR);
  });

  const folder = sharedPath("data/gpu");
  test.skipIf(folder === undefined)("all held-out NeuSight rows", () => {
    const groups = medianErrors(everything(folder!).filter((o) => above(o) && isHeldOut(o)));
    expect(groups.length).toBe(8);
    for (const [key, error] of groups) expect(error, key).toBeLessThan(BAR);
    const of = (key: string): number => groups.find(([k]) => k === key)![1];
    expect(of("a100-80-pcie neusight linear fp32")).toBeLessThan(0.05);
    expect(of("a100-80-pcie neusight bmm fp32")).toBeLessThan(0.05);
    expect(of("v100-pcie neusight linear fp32")).toBeLessThan(0.08);
  });

  test.skipIf(folder === undefined)(
    "cuDNN's algorithm is named rightly in four of five cases",
    () => {
      for (const id of ["a100-80-pcie", "v100-pcie"]) {
        const device = shipped(id);
        const rows = everything(folder!).filter(
          (o) => o.device === id && o.family === "conv3x3" && o.launched && isHeldOut(o),
        );
        const right = rows.filter(
          (o) => planKernels(o.work, device, "fp32")[0]!.plan.algorithm === o.launched!.algorithm,
        );
        expect(right.length / rows.length, id).toBeGreaterThan(0.75);
      }
    },
  );

  test("every calibration block says what it rests on", () => {
    const calibrated = shippedIds.map(shipped).filter((d) => d.calibrated);
    expect(calibrated.length).toBeGreaterThanOrEqual(12);
    for (const d of calibrated) {
      for (const fit of d.calibration!.fittedOn) expect(fit.heldOutMape).toBeLessThan(0.5);
    }
  });
});
