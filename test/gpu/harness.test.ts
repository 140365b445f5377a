import { describe, expect, test } from "vitest";
import { withPositions } from "../../src/gpu/calibration/calibrate.ts";
import { fitParameters, predictUs } from "../../src/gpu/calibration/fit.ts";
import { driftAt, harnessByRow, meanOf, positionOf } from "../../src/gpu/calibration/harness.ts";
import type { Observation } from "../../src/gpu/calibration/observation.ts";
import { shipped } from "./shipped.ts";

const DRIFT = { startUs: 40, growthUs: 300, power: 1.5 };
const FIT = { harnessUs: meanOf(DRIFT), harnessDrift: DRIFT };

describe("overhead that grows along a table", () => {
  test("its mean is the integral over the run", () => {
    const steps = 10_000;
    let sum = 0;
    for (let i = 0; i < steps; i++) sum += driftAt(DRIFT, positionOf(i, steps));
    expect(meanOf(DRIFT)).toBeCloseTo(sum / steps, 2);
  });

  const rows = Array.from({ length: 200 }, (_, i) => {
    const modelUs = 100 + ((i * 7919) % 400);
    return { modelUs, measuredUs: modelUs + driftAt(DRIFT, positionOf(i, 200)) };
  });

  test("rows in the order of measuring get the overhead of their place", () => {
    const added = harnessByRow(FIT, rows);
    for (const [i, row] of rows.entries()) {
      expect(row.modelUs + added[i]!).toBeCloseTo(row.measuredUs, 6);
    }
  });

  test("shuffled rows, and few, get the mean", () => {
    const shuffled = rows.map((_, i) => rows[(i * 77 + 13) % rows.length]!);
    expect(new Set(harnessByRow(FIT, shuffled))).toEqual(new Set([FIT.harnessUs]));
    expect(new Set(harnessByRow(FIT, rows.slice(0, 10)))).toEqual(new Set([FIT.harnessUs]));
    expect(harnessByRow({ harnessUs: 5 }, rows)).toEqual(rows.map(() => 5));
  });
});

describe("the fit", () => {
  const board = shipped("v100-pcie");
  const conv = (batch: number, channels: number, side: number): Observation => ({
    device: board.id,
    origin: "neusight",
    family: "conv3x3",
    precision: "fp32",
    work: {
      kind: "conv",
      batch,
      inChannels: channels,
      outChannels: channels,
      groups: 1,
      input: [side, side],
      output: [side, side],
      kernel: [3, 3],
      stride: [1, 1],
      dilation: [1, 1],
      padBegin: [1, 1],
      padEnd: [1, 1],
      transposed: false,
      deformable: false,
      bias: false,
    },
    measuredUs: 1,
    launched: { algorithm: "winograd-fused", tile: "winograd_fused_tile148" },
    shape: [batch, channels, side].join(),
  });

  test("finds start, growth and curve again", () => {
    const works = Array.from({ length: 150 }, (_, i) =>
      conv(1 + (i % 9), 16 * (1 + ((i * 5) % 7)), 7 + ((i * 11) % 30)),
    );
    const rows = withPositions(works).map((o) => ({
      ...o,
      measuredUs: predictUs(o, board, true) + driftAt(DRIFT, o.position!),
    }));
    const fit = fitParameters(board, rows, { names: [] });
    const found = fit.harnessDrift["neusight conv3x3 fp32"]!;
    for (const position of [0.05, 0.3, 0.6, 0.95]) {
      expect(driftAt(found, position) / driftAt(DRIFT, position)).toBeCloseTo(1, 1);
    }
  });

  test("gives no position to few rows, nor to products", () => {
    const few = withPositions(Array.from({ length: 20 }, (_, i) => conv(1, 16, 7 + i)));
    expect(few.every((o) => o.position === undefined)).toBe(true);
  });
});
