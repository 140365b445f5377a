import { describe, expect, it } from "vitest";
import { parseDevice } from "../../../src/gpu/device.ts";
import {
  type AdapterFacts,
  deviceFile,
  type Findings,
  type Measurement,
  measureGpu,
  STAGES,
} from "../../../src/gpu/measure/index.ts";
import { listDevices, loadDevice } from "../../../src/study/devices.ts";
import { type SimulatedGpu, SimulatedTimer } from "./simulated-gpu.ts";

const LIMITS = {
  maxThreadsPerWorkgroup: 1024,
  maxWorkgroupStorageBytes: 32_768,
  maxWorkgroupsPerDimension: 65_535,
  maxBufferBytes: 2 ** 30,
};

const TURING: SimulatedGpu = {
  sms: 68,
  lanesPerSm: 64,
  mhz: 1500,
  sharedBytesPerSm: 65_536,
  threadsPerSm: 1024,
  blocksPerSm: 16,
  dramGbs: 524,
  launchUs: 3,
};
const OTHER: SimulatedGpu = {
  sms: 20,
  lanesPerSm: 128,
  mhz: 1100,
  sharedBytesPerSm: 100 * 1024,
  threadsPerSm: 1536,
  blocksPerSm: 24,
  dramGbs: 120,
  launchUs: 6,
};

const ADAPTER: AdapterFacts = {
  vendor: "nvidia",
  architecture: "turing",
  device: "NVIDIA GeForce RTX 2080 Ti",
  description: "NVIDIA: 999.1",
  fallback: false,
  runtime: "a test",
};
const UNKNOWN: AdapterFacts = { ...ADAPTER, vendor: "acme", architecture: "x1", device: "Acme X1" };

async function session(gpu: SimulatedGpu, seed = 1, quick = true) {
  const measurements: Measurement[] = [];
  const stages: string[] = [];
  const findings = await measureGpu(new SimulatedTimer(gpu, seed), {
    limits: LIMITS,
    quick,
    onMeasurement: (m) => measurements.push(m),
    onStage: (stage) => stages.push(stage),
  });
  return { findings, measurements, stages };
}

const off = (value: number, truth: number) => Math.abs(value / truth - 1);
const file = (findings: Findings, adapter = ADAPTER) =>
  deviceFile({ findings, adapter, date: "2026-01-02", boards: listDevices() });

describe("measureGpu on a simulated device", () => {
  it.each([
    ["68 SMs, 1 % noise", { ...TURING, noise: 0.01, outliers: 0.03, drift: 0.02 }],
    ["20 SMs, 2 % noise", { ...OTHER, noise: 0.02, outliers: 0.05 }],
    [
      "84 SMs with much shared memory",
      { ...OTHER, sms: 84, sharedBytesPerSm: 164 * 1024, noise: 0.01 },
    ],
  ] as [string, SimulatedGpu][])("finds %s", async (_, gpu) => {
    const { findings, measurements, stages } = await session(gpu);
    expect(stages).toEqual([...STAGES]);
    expect(findings.sms).toMatchObject({ found: true, period: gpu.sms });
    const slots = Math.min(Math.floor(gpu.sharedBytesPerSm / 16_384), gpu.blocksPerSm);
    expect(findings.slots.perSm).toBe(slots);
    expect(findings.residencies.map((r) => r.perSm)).toEqual([
      Math.min(gpu.blocksPerSm, gpu.threadsPerSm / 32),
      Math.min(gpu.blocksPerSm, Math.floor(gpu.threadsPerSm / 256)),
    ]);
    expect(
      off(findings.fp32Tflops.value, (2 * gpu.sms * gpu.lanesPerSm * gpu.mhz) / 1e6),
    ).toBeLessThan(0.05);
    expect(off(findings.dramGbs.value, gpu.dramGbs)).toBeLessThan(0.05);
    expect(off(findings.launchUs.value, gpu.launchUs)).toBeLessThan(0.05);
    for (const w of findings.widths)
      expect(w.staircase).toMatchObject({ found: true, period: w.expected });
    expect(
      measurements.every((m) => m.n >= 3 && m.q1Us <= m.medianUs && m.medianUs <= m.q3Us),
    ).toBe(true);
    const counts = measurements.filter((m) => m.sweep === "sm-count").map((m) => m.workgroups);
    if (gpu.sms === 20)
      expect(counts.slice(0, 60)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  });

  it("finds no staircase where work is spread evenly, and says why", async () => {
    const { findings } = await session({ ...OTHER, fluid: true, noise: 0.01 });
    expect(findings.sms.found).toBe(false);
    expect(findings.sms.found ? "" : findings.sms.reason).toMatch(/smooth|ramp/);
    expect(findings.slots.perSm).toBeUndefined();
    expect(findings.residencies).toEqual([]);
    expect(findings.widths.every((w) => w.expected === undefined)).toBe(true);
    const device = parseDevice(file(findings, UNKNOWN));
    expect(device.smCount).toBe(1);
    expect(device.figures.smCount).toMatchObject({ source: "default", confidence: "low" });
    expect(device.notes.join()).toMatch(/no staircase found/);
  });

  it("sees one unit as one unit", async () => {
    const { findings } = await session({ ...OTHER, sms: 1, noise: 0.01 });
    expect(findings.sms).toMatchObject({ found: false, serial: true });
    expect(parseDevice(file(findings, UNKNOWN)).smCount).toBe(1);
  });
});

describe("deviceFile", () => {
  it("keeps what the board's own file says and adds what was measured", async () => {
    const { findings } = await session(TURING);
    const device = parseDevice(file(findings));
    const board = loadDevice("rtx-2080-ti");
    expect(device).toMatchObject({
      vendor: "nvidia",
      architecture: "turing",
      smCount: 68,
      l2Bytes: board.l2Bytes,
      tdpWatts: board.tdpWatts,
      limits: board.limits,
    });
    expect(device.figures.smCount!.source).toBe("measured");
    expect(device.sources.measured).toMatch(/2026-01-02.*999\.1/);
    expect(off(device.clockMhz, TURING.mhz)).toBeLessThan(0.02);
    expect(off(device.figures.dramMeasuredGbs!.value, 524)).toBeLessThan(0.02);
    expect(off(device.parameters.launchUs, 3)).toBeLessThan(0.02);
  });

  it("does not trust the name against the number of SMs", async () => {
    const { findings } = await session({ ...TURING, sms: 46 });
    const device = parseDevice(file(findings));
    expect(device.smCount).toBe(46);
    expect(device.notes.join()).toMatch(/RTX 2080 Ti, which has 68 SMs/);
    expect(off(device.clockMhz, TURING.mhz)).toBeLessThan(0.05);
    expect(device.computeCapability).toBe("7.5");
  });

  it("describes a GPU that nobody knows by what was measured, and marks the rest", async () => {
    const { findings } = await session(OTHER);
    const device = parseDevice(file(findings, UNKNOWN));
    expect(device).toMatchObject({ id: "acme-x1-measured", vendor: "other", smCount: 20 });
    expect(device.limits.maxBlocksPerSm).toBe(24);
    expect(device.limits.maxWarpsPerSm).toBe(48);
    expect(device.limits.sharedBytesPerSm).toBe(96 * 1024);
    expect(off(device.figures.fp32Tflops!.value, 5.632)).toBeLessThan(0.05);
    expect(off(device.dramBytesPerUs * device.parameters.dramEfficiency, 120e3)).toBeLessThan(0.02);
    expect(device.figures.registersPerSm).toMatchObject({ source: "default", confidence: "low" });
    expect(device.figures.l2Mb).toMatchObject({ source: "default", confidence: "low" });
  });

  it("tells a rasteriser on a processor from a GPU", async () => {
    const { findings } = await session({ ...OTHER, sms: 1 });
    const device = parseDevice(file(findings, { ...UNKNOWN, fallback: true }));
    expect(device.figures.smCount!.confidence).toBe("low");
    expect(device.notes.join()).toMatch(/CPU rasteriser/);
  });
});
