import { describe, expect, it } from "vitest";
import { shipped } from "../shipped.ts";
import { kernelNamed, measured, sample } from "./read.ts";

const raw = sample("ncu-raw.csv");
const details = sample("ncu-details.csv");

describe("Nsight Compute's raw page", () => {
  it("gives waves, tail and limiter as worked out by hand for an A100", () => {
    const profile = measured(raw);
    expect(profile).toMatchObject({ format: "ncu-raw", truncated: false, timelines: [] });
    expect(profile.boards).toMatchObject([
      { name: "NVIDIA A100-SXM4-40GB", computeCapability: "8.0", smCount: 108 },
    ]);
    const [gemm, small, add] = profile.kernels;
    // 432 blocks, 4 on each of 108 SMs: one wave, exactly full.
    expect(gemm).toMatchObject({
      grid: [24, 18, 1],
      blocks: 432,
      blocksPerSm: 4,
      occupancyLimit: "registers",
      theoreticalOccupancy: 0.25,
      achievedOccupancy: expect.closeTo(0.241, 9),
      waves: 1,
      tailFill: 1,
      smUtilization: 1,
      timeUs: 1204.51,
      sharedBytesPerBlock: 25_090,
      tailLossUs: 0,
      limiter: "compute",
    });
    // 120 blocks: 12 SMs have a second one, and 96 wait for them.
    expect(small).toMatchObject({ waves: 1, tailFill: 120 / 432, timeUs: 640, limiter: "tail" });
    expect(small!.tailLossUs).toBeCloseTo(640 * (1 - 120 / 216), 9);
    // 27,648 blocks on 108 x 16 slots.
    expect(add).toMatchObject({
      waves: 16,
      tailFill: 1,
      memoryThroughput: expect.closeTo(0.901, 9),
      limiter: "memory",
    });
    expect(profile.skipped).toEqual([{ reason: "kernel with a duration of zero", count: 1 }]);
  });

  it("agrees with the calculation from registers and shared memory", () => {
    const limits = /"launch__occupancy_limit_(blocks|registers|shared_mem|warps)"/g;
    const without = measured(raw.replaceAll(limits, '"other__$1"'));
    const withLimits = measured(raw);
    expect(without.kernels.map((k) => [k.blocksPerSm, k.waves])).toEqual(
      withLimits.kernels.map((k) => [k.blocksPerSm, k.waves]),
    );
  });

  it("reads every unit of time, and refuses one that is none", () => {
    const inUnit = (unit: string) =>
      measured(raw.replace('"usecond"', `"${unit}"`)).kernels[0]!.timeUs;
    expect(inUnit("nsecond")).toBeCloseTo(1.20451, 9);
    expect(inUnit("ns")).toBeCloseTo(1.20451, 9);
    expect(inUnit("ms")).toBeCloseTo(1_204_510, 3);
    expect(inUnit("second")).toBeCloseTo(1_204_510_000, 0);
    expect(() => inUnit("parsec")).toThrow(/'parsec', which is no unit of time/);
    const lines = raw.split("\n");
    const unitless = lines.filter((line) => !line.startsWith('"",')).join("\n");
    expect(() => measured(unitless)).toThrow(/the row of units below the header is missing/);
  });

  it("finds the SM count from waves where the device's attributes are missing", () => {
    const text = raw.replace("device__attribute_multiprocessor_count", "device__attribute_other");
    const profile = measured(text);
    expect(profile.boards[0]!.smCount).toBe(108);
    expect(profile.kernels[0]!.waves).toBe(1);
  });

  it("tells that --device is another board", () => {
    const profile = measured(raw, shipped("rtx-3090"));
    expect(profile.contradictions.map((c) => c.what)).toEqual([
      "compute capability",
      "SM count",
      "threads of an SM",
      "shared memory of an SM",
    ]);
  });

  it("reads Windows' line ends, and a report cut off in a row", () => {
    const windows = raw.replaceAll("\n", "\r\n");
    expect(measured(windows).kernels).toEqual(measured(raw).kernels);
    const cut = raw.slice(0, raw.lastIndexOf("0.28") + 2);
    const profile = measured(cut);
    expect(profile.truncated).toBe(true);
    expect(profile.launches).toBe(2);
  });
});

describe("Nsight Compute's details page", () => {
  it("gives the same kernel as the raw page, by the names of the report", () => {
    const gemm = kernelNamed(measured(details), "ampere_sgemm");
    const same = measured(raw).kernels[0]!;
    for (const key of [
      "grid",
      "block",
      "registersPerThread",
      "blocksPerSm",
      "occupancyLimit",
      "theoreticalOccupancy",
      "waves",
      "tailFill",
      "limiter",
    ] as const)
      expect([key, gemm[key]]).toEqual([key, same[key]]);
    for (const key of [
      "achievedOccupancy",
      "computeThroughput",
      "memoryThroughput",
      "dramThroughput",
    ] as const)
      expect(gemm[key]).toBeCloseTo(same[key]!, 9);
    // The page rounds: 1.20 ms.
    expect(gemm.timeUs).toBe(1200);
    expect(gemm.sharedBytesPerBlock).toBe(25_088);
  });
});
