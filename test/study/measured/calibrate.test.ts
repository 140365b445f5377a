import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { stream } from "../../../src/base/rng.ts";
import { predictUs } from "../../../src/gpu/calibration/fit.ts";
import type { Observation } from "../../../src/gpu/calibration/observation.ts";
import { readOwnRow } from "../../../src/gpu/calibration/own-rows.ts";
import type { Parameters } from "../../../src/gpu/calibration/parameters.ts";
import { type Device, withParameters } from "../../../src/gpu/device.ts";
import { predict } from "../../../src/gpu/predict.ts";
import { calibrateDevice, loadDevice, validate } from "../../../src/study/index.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";

const DATE = { date: "2026-01-02" };
const folder = mkdtempSync(join(tmpdir(), "tidemark-calibrate-"));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const HEADER = "op,precision,batch,m,n,k,inChannels,outChannels,height,kernel,us";

/** Shapes without times: products, and convolutions of which some are Winograd's. */
function shapes(count: number, precision: string): string[] {
  const rng = stream(7, `shapes ${precision}`);
  const log = (least: number, most: number) => Math.round(least * (most / least) ** rng.float());
  return Array.from({ length: count }, (_, i) =>
    i % 3 < 2
      ? `linear,${precision},1,${log(32, 8192)},${log(32, 8192)},${log(32, 4096)},,,,`
      : `conv,${precision},${log(1, 32)},,,,${log(16, 512)},${log(16, 512)},${log(7, 112)},${i % 2 ? 3 : 1}`,
  );
}

/** A table as a program with `harnessUs` would measure it on `truth`, with 2 % of noise. */
function measuredOn(truth: Device, rows: readonly string[], harnessUs: number): string {
  const rng = stream(3, "noise");
  const header = HEADER.split(",");
  return [
    HEADER,
    ...rows.map((text) => {
      const cells = `${text},1`.split(",");
      const row = Object.fromEntries(header.map((name, i) => [name, cells[i]!]));
      const read = readOwnRow(row, header) as Observation;
      const us = (predictUs(read, truth, false) + harnessUs) * Math.exp(0.02 * rng.normal());
      return `${text},${us}`;
    }),
  ].join("\n");
}

const board = () => loadDevice("rtx-3090");

describe("a board that nobody measured", () => {
  const hidden: Partial<Parameters> = {
    gemmEfficiency: 0.55,
    dramEfficiency: 0.6,
    implicitEfficiency: 0.4,
    winogradEfficiency: 0.5,
    fusedEfficiency: 0.45,
  };
  const truth = withParameters(board(), hidden);
  const path = file("mine.csv", measuredOn(truth, shapes(150, "fp32"), 25));
  const result = calibrateDevice("rtx-3090", [path], DATE);
  const after = Object.fromEntries(result.parameters.map((p) => [p.name, p.after]));

  test("is fitted to what it is", () => {
    expect(after.gemmEfficiency).toBeGreaterThan(0.93 * 0.55);
    expect(after.gemmEfficiency).toBeLessThan(1.07 * 0.55);
    expect(after.dramEfficiency).toBeGreaterThan(0.85 * 0.6);
    expect(after.dramEfficiency).toBeLessThan(1.15 * 0.6);
    for (const { before, after, family } of result.families) {
      expect(after.mape, family).toBeLessThan(0.06);
      expect(before.mape, family).toBeGreaterThan(2 * after.mape);
    }
  });

  test("says what it was fitted on, and which parameters stay and why", () => {
    const { calibration } = result.device as {
      calibration: { fittedOn: Record<string, unknown>[]; date: string; files: string[] };
    };
    expect(calibration.date).toBe("2026-01-02");
    expect(calibration.files).toEqual(["mine.csv"]);
    expect(calibration.fittedOn.map((f) => f.family)).toEqual(["conv", "linear"]);
    for (const f of calibration.fittedOn) {
      expect(f.rows).toBe(f.family === "conv" ? 50 : 100);
      expect(f.mapeBefore).toBeGreaterThan(f.heldOutMape as number);
      expect(f.harnessUs).toBeGreaterThan(20);
      expect(f.harnessUs).toBeLessThan(30);
    }
    const reason = (name: string) => result.parameters.find((p) => p.name === name)!;
    expect(reason("tensorEfficiency")).toMatchObject({
      fitted: false,
      reason: "0 rows of FP16, BF16 or TF32 on matrix units, fewer than the 12 of a fit",
    });
    expect(reason("powerBudget").reason).toMatch(/no profiled kernels/);
    for (const p of result.parameters.filter((p) => !p.fitted)) expect(p.after).toBe(p.before);
  });

  test("its file serves as --device, and predicts shapes that were not in the table", () => {
    const fitted = file("mine.json", JSON.stringify(result.device));
    const fresh = file("fresh.csv", measuredOn(truth, shapes(230, "fp32").slice(150), 25));
    const { overall, overheads } = validate([fresh], { device: fitted });
    expect(overheads.every((o) => o.from === "device file")).toBe(true);
    expect(overall!.mape).toBeLessThan(0.06);
    expect(overall!.mape).toBeLessThan(
      0.5 * validate([fresh], { device: "rtx-3090" }).overall!.mape,
    );
  });

  test("is the same for the same table", () => {
    expect(calibrateDevice("rtx-3090", [path], DATE)).toEqual(result);
  });
});

test("matrix units are fitted apart, and what was fitted before stays", () => {
  const truth = withParameters(loadDevice("v100-sxm2"), { tensorEfficiency: 0.45 });
  const path = file("half.csv", measuredOn(truth, shapes(60, "fp16"), 10));
  const { device, parameters } = calibrateDevice("v100-sxm2", [path], DATE);
  const of = (name: string) => parameters.find((p) => p.name === name)!;
  expect(of("tensorEfficiency").after).toBeGreaterThan(0.85 * 0.45);
  expect(of("tensorEfficiency").after).toBeLessThan(1.15 * 0.45);
  expect(of("gemmEfficiency")).toMatchObject({ fitted: false });
  const { fittedOn } = (device as { calibration: { fittedOn: Record<string, unknown>[] } })
    .calibration;
  expect(fittedOn.filter((f) => f.precision === "fp32").map((f) => f.data)).toContain("deepbench");
  expect(fittedOn.filter((f) => f.precision === "fp16").map((f) => f.data)).toEqual(["own", "own"]);
});

describe("whole networks", () => {
  const rows = ["resnet18", "resnet34", "resnet50", "mobilenet_v2"].flatMap((network) =>
    [64, 96, 128].map((resolution) => {
      const { latencyMs } = predict(buildNetwork(network, { resolution }), {
        device: board(),
        batch: 1,
        hostUsPerOp: 31,
      });
      return `network,1,${network}:resolution=${resolution},${latencyMs}`;
    }),
  );
  const path = file("networks.csv", ["op,batch,network,ms", ...rows].join("\n"));

  test("fit the host figure, which predict then uses", () => {
    const { hostUsPerOp, device, families, parameters } = calibrateDevice("rtx-3090", [path], DATE);
    expect(hostUsPerOp.before).toBe(17);
    expect(hostUsPerOp.after).toBeGreaterThan(30);
    expect(hostUsPerOp.after).toBeLessThan(32);
    expect(families[0]!.before.mape).toBeGreaterThan(0.3);
    expect(families[0]!.after.mape).toBeLessThan(0.03);
    expect(parameters.every((p) => !p.fitted)).toBe(true);
    const fitted = loadDevice(file("hosted.json", JSON.stringify(device)));
    const graph = buildNetwork("resnet18", { resolution: 64 });
    const { hostMs } = predict(graph, { device: fitted });
    expect(hostMs).toBeGreaterThan(1.7 * predict(graph, { device: board() }).hostMs);
    const compiled = predict(graph, { device: fitted, host: "compiled" });
    expect(compiled.hostMs).toBe(predict(graph, { device: board(), host: "compiled" }).hostMs);
  });
});

describe("bad input", () => {
  test("too few rows, with the reason for those that were left out", () => {
    const path = file(
      "few.csv",
      `${HEADER}\n${shapes(20, "fp32")
        .map((s) => `${s},0`)
        .join("\n")}`,
    );
    expect(() => calibrateDevice("rtx-3090", [path], DATE)).toThrow(
      /rtx-3090: 0 measured kernels and 0 networks, too few to fit anything; 20 rows were left out, e\.g\. a time of 0/,
    );
  });

  test("tables of other boards", () => {
    const path = fileURLToPath(
      new URL("../../data/gpu/tables/deepbench_gemm.csv", import.meta.url),
    );
    expect(() => calibrateDevice("l4", [path], DATE)).toThrow(/no rows of l4/);
  });
});
