import { describe, expect, it } from "vitest";
import { planDepthwise } from "../../src/gpu/kernels/depthwise.ts";
import { integerUs } from "../../src/gpu/kernels/integer.ts";
import { planPool } from "../../src/gpu/kernels/pool.ts";
import { predict } from "../../src/gpu/predict.ts";
import type { ConvWork } from "../../src/ops/types.ts";
import { nasBench201 } from "../../src/zoo/index.ts";
import { shipped } from "./shipped.ts";

describe("integerUs", () => {
  it("has 64 lanes an SM since Volta, and 2.3 slots an instruction before", () => {
    // 68 SMs x 64 lanes x 1545 MHz; 28 SMs x 128 lanes / 2.3 x 1582 MHz.
    expect(integerUs(1e9, 1e6, shipped("rtx-2080-ti"))).toBeCloseTo(1e9 / (68 * 64 * 1545), 6);
    expect(integerUs(1e9, 1e6, shipped("gtx-1080-ti"))).toBeCloseTo(
      1e9 / (28 * (128 / 2.3) * 1582),
      6,
    );
    // The RTX 3090 has 128 FP32 lanes, half of them shared with integers.
    expect(integerUs(1e9, 1e6, shipped("rtx-3090"))).toBeCloseTo(1e9 / (82 * 64 * 1695), 6);
  });

  it("uses no more SMs than there are blocks", () => {
    const device = shipped("rtx-2080-ti");
    expect(integerUs(1e6, 1, device)).toBeCloseTo(68 * integerUs(1e6, 68, device), 9);
  });
});

describe("planDepthwise", () => {
  const work = (kernel: number): ConvWork => ({
    kind: "conv",
    batch: 64,
    inChannels: 144,
    outChannels: 144,
    groups: 144,
    input: [32, 32],
    output: [32, 32],
    kernel: [kernel, kernel],
    stride: [1, 1],
    dilation: [1, 1],
    padBegin: [kernel >> 1, kernel >> 1],
    padEnd: [kernel >> 1, kernel >> 1],
    transposed: false,
    deformable: false,
    bias: false,
  });
  const us = (id: string, kernel: number, precision: "fp32" | "fp16") =>
    planDepthwise(work(kernel), shipped(id), precision, {})[0]!.timeUs;

  // HELP's FBNet table at batch 64: what a 5x5 block of 144 channels takes beyond the 3x3 one.
  it.each([
    ["gtx-1080-ti", 690],
    ["titan-xp", 580],
    ["titan-x-pascal", 770],
    ["rtx-2080-ti", 245],
  ])("16 more taps of 9.4 million outputs on %s take about %d us", (id, measured) => {
    const more = us(id, 5, "fp32") - us(id, 3, "fp32");
    expect(more / measured).toBeGreaterThan(0.75);
    expect(more / measured).toBeLessThan(1.25);
  });

  it("moves bytes only where the library has kernels for halves", () => {
    expect(us("rtx-2080-ti", 5, "fp16")).toBeCloseTo(us("rtx-2080-ti", 3, "fp16"), -1);
    expect(us("gtx-1080-ti", 5, "fp16")).toBeGreaterThan(1.5 * us("gtx-1080-ti", 3, "fp16"));
  });
});

describe("planPool", () => {
  it("grows with the window though the bytes do not", () => {
    const device = shipped("gtx-1080-ti");
    const pool = (window: number) =>
      planPool({ kind: "pool", outputElements: 4e6, window }, 16e6, 16e6, device);
    expect(pool(9).timeUs).toBeGreaterThan(1.5 * pool(1).timeUs);
    expect(pool(9).plan.dramBytes).toBe(32e6);
    expect(pool(9).limiter).toBe("compute");
  });

  it("is limited by memory where memory is slow", () => {
    const slow = { ...shipped("gtx-1080-ti"), dramBytesPerUs: 10_000 };
    const work = { kind: "pool", outputElements: 4e6, window: 4 } as const;
    expect(planPool(work, 64e6, 16e6, slow).limiter).toBe("memory");
  });
});

// Milliseconds that an operation on one edge takes beyond a skip connection, in all 15 cells, from a
// regression of all 15,625 measured latencies (HELP, NeurIPS 2021, batch 256) on operation counts;
// its residual is 0.2 to 0.9 %. The Titan X's fitted bandwidth is a fifth below what it shows here.
describe("edges of NAS-Bench-201", () => {
  it.each([
    ["rtx-2080-ti", 0.3, [0.6, 1.87, 6.41, 1.42]],
    ["gtx-1080-ti", 0.3, [0.86, 3.02, 4.66, 3.62]],
    ["titan-x-pascal", 0.45, [0.78, 3.31, 5.34, 4.23]],
    ["titan-xp", 0.3, [0.66, 2.82, 4.48, 3.51]],
  ] as const)("cost on %s what was measured, but for a share of %d", (id, share, measured) => {
    const device = shipped(id);
    const at = (digit: number) =>
      predict(nasBench201(String(digit).repeat(6)), { device, batch: 256 }).latencyMs;
    const skip = at(1);
    [0, 2, 3, 4].forEach((digit, i) => {
      const ms = (at(digit) - skip) / 6;
      expect(ms).toBeGreaterThan(measured[i]! * (1 - share));
      expect(ms).toBeLessThan(measured[i]! * (1 + share));
    });
  });
});
