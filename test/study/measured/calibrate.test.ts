import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { UserError } from "../../../src/base/errors.ts";
import { stream } from "../../../src/base/rng.ts";
import { predictUs } from "../../../src/gpu/calibration/fit.ts";
import type { Observation } from "../../../src/gpu/calibration/observation.ts";
import { readOwnRow } from "../../../src/gpu/calibration/own-rows.ts";
import type { Parameters } from "../../../src/gpu/calibration/parameters.ts";
import { type Device, parseDevice, withParameters } from "../../../src/gpu/device.ts";
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
      expect(f.shapes).toBe(f.rows);
      expect(f.mapeBefore).toBeGreaterThan(f.heldOutMape as number);
      expect(f.harnessUs).toBeGreaterThan(20);
      expect(f.harnessUs).toBeLessThan(30);
    }
    const reason = (name: string) => result.parameters.find((p) => p.name === name)!;
    expect(reason("tensorEfficiency")).toMatchObject({
      fitted: false,
      reason: "0 shapes of FP16, BF16 or TF32 on matrix units, fewer than the 12 of a fit",
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
      /rtx-3090: 0 distinct shapes of kernels and 0 networks in 20 rows, too few to fit anything; 20 rows were left out, e\.g\. a time of 0/,
    );
  });

  test("tables of other boards", () => {
    const path = fileURLToPath(
      new URL("../../data/gpu/tables/deepbench_gemm.csv", import.meta.url),
    );
    expect(() => calibrateDevice("l4", [path], DATE)).toThrow(/no rows of l4/);
  });

  const lines = measuredOn(board(), shapes(24, "fp32"), 20).split("\n");
  /** The table with the time of line `at` (the header is line 1) changed. */
  const changed = (at: number, time: (us: number) => number): string[] =>
    lines.map((line, i) => {
      if (i !== at - 1) return line;
      const [, rest, us] = /^(.*,)([^,]+)$/.exec(line)!;
      return `${rest}${time(Number(us))}`;
    });
  const calibrated = (name: string, text: readonly string[], force = false) =>
    calibrateDevice("rtx-3090", [file(name, text.join("\n"))], { ...DATE, force });

  test("times of one launch that contradict one another", () => {
    const twice = [...lines, changed(5, (us) => 3 * us)[4]!];
    expect(() => calibrated("twice.csv", twice)).toThrow(
      /rtx-3090: twice\.csv:5 and twice\.csv:26 measure the same launch, \[.*\] in fp32, and take [\d.]+ us and [\d.]+ us, a factor of 3\.00$/,
    );
  });

  test("mild scatter is one launch with its median, and counted", () => {
    const [low, high] = [0.9, 1.3].map((f) => changed(5, (us) => f * us)[4]!);
    const { repeats, families, device } = calibrated("scatter.csv", [...lines, low!, high!]);
    expect(repeats).toEqual({ launches: 1, rows: 3 });
    expect(families).toEqual(calibrated("once.csv", lines).families);
    const { calibration } = device as { calibration: { fittedOn: { shapes: number }[] } };
    expect(calibration.fittedOn.map((f) => f.shapes)).toEqual([8, 16]);
  });

  test("many rows of few shapes are few", () => {
    const few = Array.from({ length: 200 }, (_, i) => lines[1 + (i % 5)]!);
    expect(() => calibrated("few-shapes.csv", [lines[0]!, ...few])).toThrow(
      /rtx-3090: 5 distinct shapes of kernels and 0 networks in 200 rows, too few/,
    );
  });

  test("times that beat the data sheet, with row, time, the least time and the limit", () => {
    const fast = changed(7, () => 0.31);
    expect(() => calibrated("fast.csv", fast)).toThrow(
      /rtx-3090 cannot have been as fast as these rows say: fast\.csv:7 \(.* in fp32\): 0\.3100 us, at least [\d.]+ us by [\d.]+ (TFLOP\/s of FP32 arithmetic|GB\/s of .* bandwidth)$/,
    );
    const networks = ["resnet18", "resnet34", "resnet50", "mobilenet_v2"].flatMap((network) =>
      [64, 96].map((side) => `network,1,${network}:resolution=${side},0.0001`),
    );
    expect(() => calibrated("fast-nets.csv", ["op,batch,network,ms", ...networks])).toThrow(
      /cannot have been as fast.*GMACs in FP32; 7 more rows like it/,
    );
  });

  describe("times that are not of the work", () => {
    const sizes = [64, 128, 256, 512, 1024];
    const small = sizes
      .flatMap((m) => sizes.flatMap((n) => sizes.map((k) => `linear,fp32,1,${m},${n},${k},,,,`)))
      .filter((_, i) => i % 2 === 0)
      .slice(0, 60);
    const timed = (name: string, us: (row: string, i: number) => number): string =>
      file(name, [HEADER, ...small.map((row, i) => `${row},${us(row, i)}`)].join("\n"));

    test.each([5000, 500, 100])("%i us each are refused, forced or not", (us) => {
      const path = timed(`constant-${us}.csv`, () => us);
      for (const force of [false, true])
        expect(() => calibrateDevice("t4", [path], { ...DATE, force })).toThrow(
          /^t4: too few rows have a third .* own linear fp32: times do not grow with the work \(all are the same\); [\d.]+ us of a median of [\d.]+ us are overhead/,
        );
    });

    test("nor is scatter round 5 ms growth", () => {
      const rng = stream(5, "scatter");
      const path = timed("scattered.csv", () => 5000 * Math.exp(0.02 * rng.normal()));
      expect(() => calibrateDevice("t4", [path], DATE)).toThrow(
        /times do not grow with the work \(rank correlation with the prediction -?0\.\d+\)/,
      );
    });

    test("times that grow beside an overhead of 5 ms tell nothing of the GPU, and are not called constant", () => {
      const truth = measuredOn(loadDevice("t4"), small, 0).split("\n").slice(1);
      const path = timed("slow-host.csv", (_, i) => 5000 + Number(truth[i]!.split(",").at(-1)));
      expect(() => calibrateDevice("t4", [path], DATE)).toThrow(
        /too few rows have a third .*: own linear fp32: [\d.]+ us of a median of/,
      );
    });

    test("rows that are mostly overhead do not count towards a fit", () => {
      const large = Array.from(
        { length: 16 },
        (_, i) =>
          `conv,fp32,32,,,,${128 + 16 * i},${256 - 8 * i},${28 + 2 * (i % 5)},${i % 2 ? 3 : 1}`,
      );
      const lines = measuredOn(board(), [...small, ...large], 400).split("\n");
      const { parameters, families } = calibrated("mixed.csv", lines);
      const of = (name: string) => parameters.find((p) => p.name === name)!;
      expect(of("gemmEfficiency")).toMatchObject({
        fitted: false,
        reason:
          "0 of the 60 shapes of FP32 products are not mostly overhead, fewer than the 12 of a fit",
      });
      expect(families.find((f) => f.family === "linear")!.addedUs).toBeGreaterThan(380);
      expect(families.find((f) => f.family === "linear")!.addedUs).toBeLessThan(420);
    });

    test("a time in another unit is left out in the words that validate has", () => {
      const lines = measuredOn(board(), shapes(40, "fp32"), 20).split("\n");
      const wrong = lines.map((line, i) =>
        i === 7 ? line.replace(/[^,]+$/, (us) => String(1e4 * Number(us))) : line,
      );
      const path = file("unit.csv", wrong.join("\n"));
      const { skipped } = calibrateDevice("rtx-3090", [path], DATE);
      expect(skipped).toMatchObject([
        { reason: "a time 1000 times off the prediction: another unit?", count: 1 },
      ]);
      expect(skipped[0]!.first).toMatch(/^row 8: [\d.e+]+ us, predicted [\d.]+ us$/);
      expect(validate([path], { device: "rtx-3090" }).skipped.map((s) => s.reason)).toEqual(
        skipped.map((s) => s.reason),
      );
    });
  });

  test("nothing is added to times by the GPU's clock, in the file too", () => {
    const [header, ...rows] = measuredOn(board(), shapes(30, "fp32"), 0).split("\n");
    const text = [`${header},timed`, ...rows.map((row) => `${row},gpu`)].join("\n");
    const { families, device } = calibrateDevice("rtx-3090", [file("gpu.csv", text)], DATE);
    expect(families.map((f) => f.addedUs)).toEqual([0, 0]);
    expect(parseDevice(device).calibration!.fittedOn.map((f) => f.harnessUs)).toEqual([0, 0]);
  });

  test("a refusal says that the board ships calibrated on such data", () => {
    const mine = measuredOn(loadDevice("t4"), shapes(40, "fp32"), 20)
      .split("\n")
      .map((line, i) =>
        i === 0
          ? `${line},data`
          : `${line.replace(/[^,]+$/, (us) => String(Number(us) * 5 ** ((i * 7) % 5)))},deepbench`,
      );
    let hint: string | undefined;
    try {
      calibrateDevice("t4", [file("again.csv", mine.join("\n"))], DATE);
    } catch (error) {
      hint = (error as UserError).hint;
    }
    expect(hint).toMatch(
      /t4 as it ships is already calibrated on data of this kind \(deepbench\): use it/,
    );
  });

  test("rows of a board that nobody knows are left out by name", () => {
    const named = lines.map(
      (line, i) => `${line},${["device", "t44", "rtx 3090"][Math.min(i, 2)]}`,
    );
    const { skipped } = calibrated("unknown.csv", named);
    expect(skipped).toMatchObject([
      { reason: "no device 't44', did you mean 't4'?", count: 1, first: "row 2" },
    ]);
  });

  describe("a fit that ends absurdly", () => {
    const large = Array.from(
      { length: 16 },
      (_, i) => `linear,fp32,1,${4096 + 256 * i},${4096 + 128 * (i % 5)},4096,,,,`,
    );
    const slow = measuredOn(board(), large, 20)
      .split("\n")
      .map((line, i) =>
        i === 0 ? line : line.replace(/[^,]+$/, (us) => String(150 * Number(us))),
      );
    const noise = lines.map((line, i) =>
      i === 0 ? line : line.replace(/[^,]+$/, (us) => String(Number(us) * 5 ** ((i * 7) % 5))),
    );

    test("is refused, with the parameter, its value and its bound", () => {
      expect(() => calibrated("slow.csv", slow)).toThrow(
        /the fit ends with \w+ at 0\.0\d+, its bound is 0\.0[12]: the rows are not of this board/,
      );
    });

    test("is refused where it explains nothing, and written with what is against it when forced", () => {
      expect(() => calibrated("noise.csv", noise)).toThrow(/linear fp32: off by \d[\d.]+ % after/);
      const { objections, device } = calibrated("noise.csv", noise, true);
      expect(objections.length).toBeGreaterThan(0);
      const { calibration } = parseDevice(device);
      expect(calibration!.objections).toEqual(objections);
    });
  });
});
