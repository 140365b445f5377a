import { describe, expect, it } from "vitest";
import { measuredProfile } from "../../../src/gpu/profiles/index.ts";
import { shipped } from "../shipped.ts";
import { kernelNamed, measured, readText, sample } from "./read.ts";

const trace = sample("kineto.json");

/** A trace with one more event, or other fields of a kernel. */
function changed(
  change: (events: Record<string, unknown>[], whole: Record<string, unknown>) => void,
) {
  const whole = JSON.parse(trace) as Record<string, unknown>;
  change(whole.traceEvents as Record<string, unknown>[], whole);
  return JSON.stringify(whole);
}
const kernelsOf = (events: Record<string, unknown>[]) => events.filter((e) => e.cat === "kernel");
const argsOf = (event: Record<string, unknown>) => event.args as Record<string, unknown>;

describe("a trace of PyTorch's profiler", () => {
  it("gives waves, occupancy and tail as worked out by hand for a V100", () => {
    const profile = measured(trace);
    expect(profile).toMatchObject({
      format: "kineto",
      truncated: false,
      launches: 3,
      kernelUs: 220,
      copies: 1,
      copiesUs: 5,
      contradictions: [],
      skipped: [],
    });
    expect(profile.boards).toMatchObject([
      { name: "Tesla V100-SXM2-32GB", computeCapability: "7.0", smCount: 80, from: "profile" },
    ]);
    // 128 registers x 32 lanes = 4096 a warp, 16 warps of 65,536: 4 blocks of 4 warps, 16 of 64.
    // 81 x 4 = 324 blocks on 80 x 4 slots: 2 waves, the last with 4 of 320.
    const conv = kernelNamed(profile, "scudnn");
    expect(conv).toMatchObject({
      count: 2,
      grid: [81, 4, 1],
      block: [128, 1, 1],
      blocks: 324,
      blocksPerSm: 4,
      occupancyLimit: "registers",
      theoreticalOccupancy: 0.25,
      waves: 2,
      tailFill: 4 / 320,
      smUtilization: 324 / 640,
      timeUs: 210,
      medianUs: 105,
      minUs: 100,
      maxUs: 110,
      limiter: "unknown",
    });
    // The busiest SM has 5 blocks, the mean one 4.05.
    expect(conv.tailLossUs).toBeCloseTo(210 * (1 - 4.05 / 5), 9);
    // 640 blocks of 4 warps, 16 registers: 16 blocks fill the 64 warps of an SM; 8 are there.
    expect(kernelNamed(profile, "elementwise")).toMatchObject({
      blocksPerSm: 16,
      theoreticalOccupancy: 1,
      waves: 1,
      tailFill: 0.5,
      smUtilization: 0.5,
      tailLossUs: 0,
    });
  });

  it("tells the GPU's idle time apart: host, launch on its way, queued", () => {
    // 1050..1150 conv, 1152..1162 relu (called for at 1070: 2 us of the front end), 1205..1315 conv
    // (called for at 1200: 38 us without a call, 5 us on its way), 1340..1345 copy (at 1330: 15, 10).
    const profile = measured(trace);
    expect(profile.timelines).toEqual([
      {
        device: 0,
        spanUs: 295,
        busyUs: 225,
        hostUs: 53,
        launchUs: 15,
        queuedUs: 2,
        unknownUs: 0,
        breaks: 0,
      },
    ]);
    expect(kernelNamed(profile, "scudnn").idleBeforeUs).toBe(43);
    expect(kernelNamed(profile, "elementwise").idleBeforeUs).toBe(2);
  });

  it("calls a kernel launch-bound where the GPU waits longer than it works", () => {
    const text = changed((events) => {
      kernelsOf(events)[1]!.ts = 1163;
      kernelsOf(events)[1]!.dur = 5;
    });
    expect(kernelNamed(measured(text), "elementwise").limiter).toBe("launch");
  });

  it("is the same in pieces of any length", () => {
    const whole = measuredProfile(readText(trace));
    for (const piece of [1, 7, 100, 1000])
      expect(measuredProfile(readText(trace, piece))).toEqual(whole);
  });

  it("takes a bare array of events, older categories, numbers as text, and C++'s nan", () => {
    const events = (JSON.parse(trace) as { traceEvents: Record<string, unknown>[] }).traceEvents;
    for (const e of events) {
      if (e.cat === "kernel") {
        e.cat = "Kernel";
        e.ts = String(e.ts);
        argsOf(e)["blocks per SM"] = "NAN-HERE";
      }
      if (e.cat === "cuda_runtime") e.cat = "Runtime";
    }
    const text = JSON.stringify(events).replaceAll('"NAN-HERE"', "-nan");
    const profile = measured(text, shipped("v100-sxm2"));
    expect(profile.skipped).toEqual([]);
    expect(kernelNamed(profile, "scudnn")).toMatchObject({ waves: 2, blocksPerSm: 4 });
    expect(profile.timelines[0]).toMatchObject({ hostUs: 53, queuedUs: 2 });
  });
});

describe("traces that lack something", () => {
  it("reads what stands before the end of a file that was cut off", () => {
    const cut = trace.slice(0, trace.lastIndexOf("volta_scudnn"));
    const profile = measured(cut);
    expect(profile.truncated).toBe(true);
    expect(profile.launches).toBe(2);
    expect(profile.kernelUs).toBe(110);
  });

  it("counts and names what cannot be a kernel's time, grid or block", () => {
    const text = changed((events) => {
      const [first] = kernelsOf(events);
      const bad = (more: object, args: object = {}) =>
        events.push({ ...first, ...more, args: { ...argsOf(first!), ...args } });
      bad({ dur: 0 });
      bad({ dur: 0 });
      bad({ dur: -3 });
      bad({ dur: 9e9 });
      bad({ dur: null });
      bad({}, { grid: undefined });
      bad({}, { grid: [0, 1, 1] });
      bad({}, { block: [2048, 1, 1] });
    });
    const profile = measured(text);
    expect(profile.launches).toBe(3);
    expect(profile.kernelUs).toBe(220);
    expect(profile.skipped).toEqual([
      { reason: "kernel with a duration of zero", count: 2 },
      { reason: "kernel with a negative duration", count: 1 },
      { reason: "kernel with a duration above one hour", count: 1 },
      { reason: "kernel without a duration", count: 1 },
      { reason: "kernel without a grid", count: 1 },
      { reason: "kernel with a grid that CUDA does not allow", count: 1 },
      { reason: "kernel with a block that CUDA does not allow", count: 1 },
    ]);
  });

  it("keeps the time of kernels without registers, and says that their waves are not known", () => {
    const text = changed((events) => {
      for (const e of kernelsOf(events).slice(0, 1)) delete argsOf(e)["registers per thread"];
    });
    const profile = measured(text);
    expect(profile.kernelUs).toBe(220);
    const without = profile.kernels.find((k) => k.registersPerThread === undefined)!;
    expect(without.waves).toBeUndefined();
    expect(without.tailLossUs).toBeCloseTo(19, 9);
    expect(profile.notes.join("\n")).toContain("waves of 1 launches are not known");
  });

  it("does not calculate NVIDIA's occupancy for a GPU with other warps", () => {
    const text = changed((_, whole) => {
      const [properties] = whole.deviceProperties as Record<string, unknown>[];
      Object.assign(properties!, { name: "AMD Instinct MI250X", warpSize: 64, computeMajor: 9 });
    });
    const profile = measured(text);
    expect(profile.kernels.every((k) => k.waves === undefined)).toBe(true);
    expect(profile.notes.join("\n")).toContain("has warps of 64 threads");
  });

  it("finds the SM count of a trace without device properties, and asks for the device", () => {
    const text = changed((_, whole) => {
      whole.deviceProperties = [];
    });
    const profile = measured(text);
    expect(profile.boards[0]!.smCount).toBe(80);
    expect(kernelNamed(profile, "scudnn").waves).toBeUndefined();
    expect(profile.notes.join("\n")).toContain("name it with --device");
    const named = measured(text, shipped("v100-sxm2"));
    expect(kernelNamed(named, "scudnn").waves).toBe(2);
    expect(named.contradictions).toEqual([]);
  });
});

describe("contradictions", () => {
  it("between the trace and --device are told with both values; --device is used", () => {
    const profile = measured(trace, shipped("rtx-2080-ti"));
    expect(profile.boards[0]).toMatchObject({ smCount: 68, from: "option" });
    expect(profile.contradictions.map((c) => [c.what, c.profile, c.other])).toEqual([
      ["compute capability", "7.0", "7.5 of --device rtx-2080-ti"],
      ["SM count", "80", "68 of --device rtx-2080-ti"],
      ["threads of an SM", "2048", "1024 of --device rtx-2080-ti"],
      ["shared memory of an SM", "98304", "65536 of --device rtx-2080-ti"],
    ]);
    // 324 blocks on 68 x 4 slots.
    expect(kernelNamed(profile, "scudnn")).toMatchObject({ waves: 2, tailFill: 52 / 272 });
  });

  it("within the trace are told: its properties against its blocks for each SM", () => {
    const text = changed((_, whole) => {
      (whole.deviceProperties as Record<string, unknown>[])[0]!.numSms = 84;
    });
    expect(measured(text).contradictions).toEqual([
      {
        what: "SM count",
        profile: "84 in its device properties",
        other: "80 by its blocks for each SM",
        used: "profile",
      },
    ]);
  });

  it("of limits with the compute capability: what a GPU could have is used, nonsense is not", () => {
    const text = changed((_, whole) => {
      const [properties] = whole.deviceProperties as Record<string, unknown>[];
      properties!.maxThreadsPerMultiprocessor = 1536;
      properties!.regsPerMultiprocessor = -1;
    });
    expect(measured(text).contradictions.map((c) => [c.what, c.profile, c.used])).toEqual([
      ["threads of an SM", "1536", "profile"],
      ["registers of an SM", "-1", "other"],
    ]);
  });
});
