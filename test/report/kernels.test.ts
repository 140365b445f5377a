import { describe, expect, it } from "vitest";
import type { Kernel, Prediction } from "../../src/gpu/types.ts";
import { advise } from "../../src/report/advice.ts";
import {
  groupKernels,
  limiterTotals,
  peakFlopsPerUs,
  speedOfLight,
} from "../../src/report/kernels.ts";
import { profileText } from "../../src/report/profile-text.ts";
import { loadDevice } from "../../src/study/index.ts";

const device = loadDevice("rtx-2080-ti");

function kernel(change: Partial<Kernel>): Kernel {
  return {
    name: "sgemm_128x64",
    nodes: ["conv"],
    algorithm: "implicit-gemm",
    tile: [128, 64, 8],
    grid: [272, 1, 1],
    block: 128,
    blocks: 272,
    blocksPerSm: 4,
    waves: 1,
    tailFill: 1,
    smUtilization: 1,
    flops: 1e9,
    dramBytes: 1e6,
    timeUs: 100,
    limiter: "compute",
    ...change,
  };
}

function prediction(kernels: readonly Kernel[], change: Partial<Prediction> = {}): Prediction {
  const gpuMs = kernels.reduce((s, k) => s + k.timeUs, 0) / 1e3;
  return {
    device: device.id,
    batch: 32,
    precision: "fp32",
    host: "eager",
    latencyMs: gpuMs,
    gpuMs,
    hostMs: gpuMs / 2,
    kernels,
    gaps: [],
    notes: [],
    ...change,
  };
}

describe("summaries", () => {
  const kernels = [
    kernel({ nodes: ["a"] }),
    kernel({ nodes: ["b"], limiter: "memory", timeUs: 300 }),
    kernel({ nodes: ["c"] }),
  ];
  it("puts kernels that differ only in their nodes together", () => {
    expect(groupKernels(kernels).map((g) => [g.members, g.timeUs, g.share])).toEqual([
      [[0, 2], 200, 0.4],
      [[1], 300, 0.6],
    ]);
  });
  it("adds up time by limiter, to the whole", () => {
    const totals = limiterTotals(kernels);
    expect(totals.find((t) => t.limiter === "memory")?.share).toBeCloseTo(0.6);
    expect(totals.reduce((s, t) => s + t.share, 0)).toBeCloseTo(1);
    expect(totals.reduce((s, t) => s + t.kernels, 0)).toBe(3);
  });
  it("compares with the data sheet's 13.45 TFLOP/s and 616 GB/s", () => {
    expect(peakFlopsPerUs(device, "fp32")! / 1e6).toBeCloseTo(13.45, 1);
    const sol = speedOfLight(
      prediction([kernel({ flops: 13.45e6 * 50, timeUs: 100, dramBytes: 616e3 * 25 })]),
      device,
    );
    expect(sol.compute).toBeCloseTo(0.5, 2);
    expect(sol.memory).toBeCloseTo(0.25, 5);
    expect(sol.ridge).toBeCloseTo(13_450 / 616, 1);
  });
  it("compares what runs on the lanes with the lanes, in any precision", () => {
    const half = (change: Partial<Kernel>) =>
      speedOfLight(
        prediction([kernel({ timeUs: 100, flops: 13.45e6 * 50, ...change })], {
          precision: "fp16",
        }),
        device,
      );
    for (const lanes of [
      { name: "depthwise_3x3", algorithm: "depthwise", tile: null },
      { name: "sgemm_128x64", algorithm: "winograd-nonfused" },
      { name: "scudnn_128x64", algorithm: "implicit-gemm" },
    ])
      expect(half(lanes).compute).toBeCloseTo(0.5, 2);
    const matrix = half({ name: "fp16_128x64x32" });
    expect(matrix.peak).toBeCloseTo(peakFlopsPerUs(device, "fp16")!);
    expect(matrix.compute).toBeLessThan(0.3);
  });
});

describe("advise", () => {
  const causes = (p: Prediction) => advise(p, device).map((a) => a.cause);
  it("finds the host where it is what the latency is made of", () => {
    const p = prediction([kernel({})], { latencyMs: 1, hostMs: 1 });
    const [first] = advise(p, device);
    expect(first?.cause).toBe("host");
    expect(first?.savesUs).toBeCloseTo(900);
  });
  it("counts the blocks that would save a round: 69 on 68 SMs", () => {
    const p = prediction([kernel({ blocks: 69, grid: [69, 1, 1], limiter: "tail" })]);
    const tail = advise(p, device).find((a) => a.cause === "tail")!;
    expect(tail.finding).toContain("69 blocks on 68 SMs, 2 on the busiest");
    expect(tail.remedy).toContain("97 % more blocks");
    expect(tail.remedy).toContain("1 block fewer (1.4 %)");
    expect(tail.savesUs).toBeCloseTo(100 * (1 - 69 / 136));
  });
  it("does not find a tail where blocks divide evenly, or memory rules", () => {
    expect(causes(prediction([kernel({})]))).toEqual(["compute"]);
    expect(causes(prediction([kernel({ blocks: 69, limiter: "memory" })]))).toEqual(["memory"]);
  });
  it("does not ask for less arithmetic where arithmetic is not what takes the time", () => {
    const few = prediction([kernel({ flops: 1e8, blocks: 60, grid: [60, 1, 1], block: 32 })]);
    const advice = advise(few, device).find((a) => a.cause === "issue");
    expect(advice?.finding).toContain("1 warp on an SM");
    expect(advice?.remedy).not.toContain("less arithmetic helps");
    const depthwise = { name: "depthwise_3x3", algorithm: "depthwise", tile: null };
    const stream = advise(prediction([kernel({ ...depthwise, flops: 1e8 })]), device);
    expect(stream.find((a) => a.cause === "issue")?.finding).toContain("addresses");
  });
  it("names what limits short kernels once they run", () => {
    const short = kernel({ limiter: "launch", workLimiter: "memory" });
    const [advice] = advise(prediction([short, short]), device);
    expect(advice?.finding).toMatch(/^2 kernels are so short .* memory 100 %\.$/);
    expect(profileText(prediction([short]), device, { color: false })).toContain("launch (memory)");
  });
  it("says what part of a limiter's time its figures are", () => {
    const p = prediction([
      kernel({ blocks: 69, limiter: "tail" }),
      kernel({ blocks: 100, limiter: "compute" }),
      kernel({ flops: 1e8, limiter: "compute" }),
    ]);
    const of = (cause: string) => advise(p, device).find((a) => a.cause === cause)!.finding;
    // Idle: 100 us x (1 - 69/136), and 100 us x (1 - 100/136).
    expect(of("tail")).toContain(
      "take 75.7 µs: 49.3 µs of the 100 µs of kernels that the tail limits, and 26.5 µs in kernels that compute limits.",
    );
    expect(of("compute")).toContain(
      "Arithmetic limits 100 µs of the 200 µs of kernels that compute",
    );
    expect(of("issue")).toContain("limit 100 µs of the 200 µs of kernels that compute limits");
  });
  it("counts the images that are padding", () => {
    const images = { own: 4, computed: 16 };
    const p = prediction([kernel({ images }), kernel({})], { batch: 4, latencyMs: 0.2 });
    const [first] = advise(p, device);
    expect(first?.cause).toBe("padding");
    expect(first?.finding).toContain("12 of 16 images are padding in 1 kernel of 100 µs (50 %");
    expect(first?.savesUs).toBeCloseTo(75);
    expect(causes(prediction([kernel({})]))).not.toContain("padding");
  });
  it("says nothing of an empty network", () => {
    expect(advise(prediction([]), device)).toEqual([]);
  });
});

describe("profileText", () => {
  it("follows percent of peak, limiter, advice, and names what is missing", () => {
    const text = profileText(
      prediction([kernel({ nodes: ["x", "y"] }), kernel({})], {
        gaps: [{ op: "If", count: 2, reason: "control flow is not followed" }],
        notes: ["not calibrated"],
      }),
      device,
      { color: false, width: 120 },
    );
    const order = [
      "latency",
      "Percent of peak",
      "Limiters",
      "What would help",
      "Kernels",
      "If (2)",
      "not calibrated",
    ];
    const places = order.map((what) => text.indexOf(what));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
    expect(text).toContain("x +1");
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
  });
  it("stands without kernels", () => {
    expect(profileText(prediction([]), device, { color: false })).toContain("in 0 kernels");
  });
});
