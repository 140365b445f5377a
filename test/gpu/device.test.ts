import { describe, expect, test } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { budgetByDataSheet } from "../../src/gpu/clock.ts";
import { parseDevice } from "../../src/gpu/device.ts";
import { shippedIds, shippedJson } from "./measured.ts";

type Json = Record<string, unknown> & { figures: Record<string, Record<string, unknown>> };
const copy = (id: string): Json => structuredClone(shippedJson(id)) as Json;
const rtx = (): Json => copy("rtx-2080-ti");

function message(json: unknown): string {
  try {
    parseDevice(json, "mine.json");
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    // Whoever names the file uses it wrongly: the same for every verb.
    expect((error as UserError).exitCode).toBe(2);
    return (error as UserError).message;
  }
  throw new Error("parsed");
}

describe("shipped devices", () => {
  test("at least 45 boards, each readable, under its own id, with no name twice", () => {
    expect(shippedIds.length).toBeGreaterThanOrEqual(45);
    const names = shippedIds.flatMap((id) => {
      const device = parseDevice(shippedJson(id), id);
      expect(device.id).toBe(id);
      return [device.id, ...device.aliases];
    });
    expect(new Set(names).size).toBe(names.length);
  });

  test("every figure names its source", () => {
    for (const id of shippedIds) {
      const device = parseDevice(shippedJson(id), id);
      for (const figure of Object.values(device.figures)) {
        expect(device.sources[figure.source]).toMatch(/\w{5}/);
      }
    }
  });

  // Tensor-core MACs of one SM in a clock, from the architecture white papers: 512 on GV100 and
  // TU102 (Titan RTX), 1,024 on GA100, 2,048 on GH100; GeForce with FP32 accumulation half of TU102's
  // on Turing, 256 on GA102 and AD102.
  test.each([
    ["v100-sxm2", 512],
    ["titan-rtx", 512],
    ["rtx-2080-ti", 256],
    ["a100-80-sxm", 1024],
    ["rtx-3090", 256],
    ["rtx-4090", 256],
    ["h100-sxm", 2048],
  ])("%s issues %i dense FP16 MACs a clock", (id, macs) => {
    expect(parseDevice(shippedJson(id), id).macsPerClock.fp16! / macs).toBeCloseTo(1, 1);
  });

  test("precisions that a board does not have are absent", () => {
    const turing = parseDevice(rtx());
    expect(turing.macsPerClock.tf32).toBeUndefined();
    expect(turing.macsPerClock.bf16).toBeUndefined();
    const pascal = parseDevice(copy("gtx-1080-ti"));
    expect(pascal.macsPerClock.fp16).toBe(pascal.lanesPerSm);
    expect(pascal.tensor.int8).toBe(false);
  });
});

describe("a device file that is wrong", () => {
  test.each<[string, (json: Json) => void, RegExp]>([
    ["no lanes", (j) => delete j.figures.lanesPerSm, /figures\.lanesPerSm .*missing/],
    ["an unknown figure", (j) => Object.assign(j.figures, { smcount: {} }), /figures\.smcount/],
    ["a wrong unit", (j) => Object.assign(j.figures.boostMhz!, { unit: "GHz" }), /"GHz".*"MHz"/],
    ["no source", (j) => Object.assign(j.figures.smCount!, { source: "hearsay" }), /"hearsay"/],
    ["half an SM", (j) => Object.assign(j.figures.smCount!, { value: 68.5 }), /68\.5|contradicts/],
    ["a peak off by two", (j) => Object.assign(j.figures.fp32Tflops!, { value: 26.9 }), /26\.9/],
    [
      "a block larger than its SM",
      (j) => Object.assign(j.figures.sharedKbPerBlock!, { value: 96 }),
      /sharedKbPerBlock 96 is above figures\.sharedKbPerSm 64/,
    ],
    [
      "a parameter nobody knows",
      (j) => Object.assign(j, { calibration: calibration({ speed: 1 }) }),
      /calibration\.parameters\.speed/,
    ],
    [
      "an infinite parameter",
      (j) => Object.assign(j, { calibration: calibration({ launchUs: -1 }) }),
      /launchUs is -1/,
    ],
    [
      "no SMs",
      (j) => Object.assign(j.figures.smCount!, { value: 0 }),
      /smCount is 0, expected 1 to 4096 SM/,
    ],
    [
      "no bandwidth",
      (j) => Object.assign(j.figures.dramGbs!, { value: 0 }),
      /dramGbs is 0, expected 0\.1 to 100000 GB\/s/,
    ],
    [
      "a bandwidth in MB/s",
      (j) => Object.assign(j.figures.dramGbs!, { value: 616_000 }),
      /dramGbs is 616000, expected/,
    ],
    [
      "base above boost",
      (j) => Object.assign(j.figures, { baseMhz: { ...j.figures.boostMhz, value: 1600 } }),
      /baseMhz 1600 is above figures\.boostMhz 1545/,
    ],
    [
      "fewer threads on an SM than in a block",
      (j) => Object.assign(j.figures.maxThreadsPerSm!, { value: 512 }),
      /maxThreadsPerSm is 512, and an NVIDIA GPU's block has up to 1024 threads/,
    ],
    [
      "an efficiency beyond reason",
      (j) => Object.assign(j, { calibration: calibration({ gemmEfficiency: 1e9 }) }),
      /calibration\.parameters\.gemmEfficiency is 1000000000, expected 0\.01 to 2/,
    ],
    [
      "a negative overhead",
      (j) => Object.assign(j, { calibration: calibration({ gemmOverheadSteps: -3 }) }),
      /gemmOverheadSteps is -3, expected 0 to 1000/,
    ],
    [
      "a host of no time",
      (j) => Object.assign(j, { calibration: { ...calibration({}), hostUsPerOp: 0 } }),
      /calibration\.hostUsPerOp/,
    ],
    [
      "a clock that the board does not have",
      (j) => Object.assign(j, { calibration: { ...calibration({}), sustainedMhz: 9 } }),
      /sustainedMhz 9 is far from figures\.boostMhz 1545, expected 77\.25 to 2008\.5/,
    ],
    ["another schema", (j) => Object.assign(j, { schema: "x" }), /schema/],
    ["a name with capitals", (j) => Object.assign(j, { id: "RTX 2080" }), /kebab-case/],
  ])("%s", (_, spoil, expected) => {
    const json = rtx();
    spoil(json);
    expect(message(json)).toMatch(expected);
    expect(message(json)).toMatch(/^mine\.json/);
  });

  test.each([null, 7, [], "x", {}])("%j is no device", (json) => {
    expect(message(json)).toMatch(/^mine\.json/);
  });
});

describe("clocks", () => {
  test("a measured sustained clock overrides the power model", () => {
    const json = rtx();
    Object.assign(json, { calibration: { ...calibration({}), sustainedMhz: 1200 } });
    expect(parseDevice(json).clockMhz).toBeCloseTo(1200, 6);
  });

  test("boards above 75 W hold boost by their data sheet, those below do not", () => {
    const board = {
      architecture: "turing",
      integrated: false,
      smCount: 40,
      lanesPerSm: 64,
      boostMhz: 1590,
    };
    expect(budgetByDataSheet({ ...board, tdpWatts: 150 })).toBe(1);
    expect(budgetByDataSheet({ ...board, tdpWatts: 70 })).toBeLessThan(1);
    expect(budgetByDataSheet({ ...board, tdpWatts: 70, integrated: true })).toBe(1);
  });
});

function calibration(parameters: Record<string, number>) {
  const fit = { data: "x", family: "gemm", precision: "fp32", rows: 30, heldOutRows: 5 };
  return {
    parameters,
    fittedOn: [{ ...fit, heldOutMape: 0.1, heldOutMedianApe: 0.1, harnessUs: 0 }],
    method: "test",
  };
}
