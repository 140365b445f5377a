import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fitCorrections } from "../../src/gpu/calibration/fit-correction.ts";
import type { Observation } from "../../src/gpu/calibration/observation.ts";
import { parseDevice, withParameters } from "../../src/gpu/device.ts";
import { BASIS_SIZE, FEATURES } from "../../src/gpu/kernels/correction.ts";
import { planKernels } from "../../src/gpu/kernels/index.ts";
import { predict } from "../../src/gpu/predict.ts";
import type { MatMulWork } from "../../src/ops/types.ts";
import { buildNetwork } from "../../src/zoo/index.ts";
import { shipped } from "./shipped.ts";

const board = withParameters(shipped("v100-pcie"), {});

const linear = (m: number, n: number, k: number): MatMulWork => ({
  kind: "matmul",
  batch: 1,
  m,
  n,
  k,
  weightB: true,
  bias: false,
});

const us = (device: typeof board, work: MatMulWork): number =>
  planKernels(work, device, "fp32").reduce((sum, kernel) => sum + kernel.timeUs, 0);

/** 300 shapes, measured at a factor of the model's time. */
function measured(factor: (work: MatMulWork, i: number) => number) {
  return Array.from({ length: 300 }, (_, i) => {
    const work = linear(64 + 37 * ((i * 7) % 41), 96 + 53 * ((i * 11) % 37), 64 + 61 * (i % 29));
    const observation: Observation = {
      device: board.id,
      origin: "own",
      family: "linear",
      precision: "fp32",
      work,
      measuredUs: us(board, work) * factor(work, i) + 20,
      shape: `${work.m} ${work.n} ${work.k}`,
    };
    return { observation, addedUs: 20 };
  });
}

describe("fitCorrections", () => {
  test("learns what depends on the shape, and is told with the kernel", () => {
    const trend = ({ k }: MatMulWork) => 1 + 0.1 * Math.tanh((k - 900) / 300);
    const [correction, ...more] = fitCorrections(board, measured(trend));
    expect(more).toEqual([]);
    expect(correction!.kind).toBe("fp32 linear gemm");
    const [before, after] = correction!.crossValidated;
    expect(before).toBeGreaterThan(0.04);
    expect(after).toBeLessThan(0.02);
    const device = { ...board, corrections: [correction!] };
    const work = linear(1000, 1000, 1500);
    const [physical] = planKernels(work, board, "fp32");
    const [learned] = planKernels(work, device, "fp32");
    expect(learned!.timeUs).toBeCloseTo(physical!.timeUs * learned!.correction!, 9);
    expect(learned!.correction).toBeCloseTo(trend(work), 1);
    // The explanation is the model's own.
    const { timeUs: _, correction: __, ...explained } = learned!;
    const { timeUs: ___, ...own } = physical!;
    expect(explained).toEqual(own);
    // Another kind of work has none.
    expect(planKernels({ ...work, weightB: false, batch: 8 }, device, "fp32")).toEqual(
      planKernels({ ...work, weightB: false, batch: 8 }, board, "fp32"),
    );
  });

  test("leaves noise and a few outliers alone", () => {
    const noise = (_: MatMulWork, i: number) => 1 + 0.1 * Math.sin(i * i * 12.9898);
    expect(fitCorrections(board, measured(noise))).toEqual([]);
    expect(
      fitCorrections(
        board,
        measured((_, i) => (i % 25 === 0 ? 3 : 1)),
      ),
    ).toEqual([]);
    expect(fitCorrections(board, measured(() => 0.8).slice(0, 30))).toEqual([]);
  });

  test("goes no further than 35 %", () => {
    const [correction] = fitCorrections(
      board,
      measured(() => 3),
    );
    const device = { ...board, corrections: [correction!] };
    const [kernel] = planKernels(linear(512, 512, 512), device, "fp32");
    expect(kernel!.correction).toBeCloseTo(Math.exp(0.3), 9);
  });
});

describe("corrections of shipped boards", () => {
  test("are those of its parameters: other parameters have none", () => {
    expect(shipped("v100-pcie").corrections.length).toBeGreaterThan(0);
    expect(withParameters(shipped("v100-pcie"), { launchUs: 3 }).corrections.length).toBe(0);
  });

  test("gained on shapes that no fit had seen", () => {
    for (const id of ["a100-40-pcie", "a100-80-pcie", "v100-pcie", "t4", "l4", "p4"])
      for (const { crossValidated } of shipped(id).corrections)
        expect(crossValidated[1]).toBeLessThan(0.95 * crossValidated[0]);
  });

  test("are told in the prediction's notes", () => {
    const graph = buildNetwork("resnet18");
    const notes = (id: string) =>
      predict(graph, { device: shipped(id), batch: 8 }).notes.join("\n");
    expect(notes("v100-pcie")).toMatch(
      /kernels: times multiplied by a learned correction of \d\.\d\d to \d\.\d\d/,
    );
    expect(notes("titan-v")).not.toContain("learned correction");
  });

  test("of another length are refused", () => {
    const url = new URL("../../src/gpu/devices/v100-pcie.json", import.meta.url);
    const bad = JSON.parse(readFileSync(url, "utf8"));
    bad.calibration.corrections[0]!.weights.pop();
    expect(() => parseDevice(bad, "mine.json")).toThrow(/mine\.json/);
    expect(
      shipped("v100-pcie").corrections.find((c) => c.kind === "fp32 linear gemm")!.weights,
    ).toHaveLength(BASIS_SIZE + 1);
    expect(FEATURES).toHaveLength(14);
  });
});
