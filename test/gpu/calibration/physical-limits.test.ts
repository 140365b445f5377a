import { readFileSync } from "node:fs";
import { join } from "node:path";
import Papa from "papaparse";
import { describe, expect, test } from "vitest";
import { datasetKind, type Row, readRow } from "../../../src/gpu/calibration/datasets.ts";
import { leastNetworkUs, leastTime } from "../../../src/gpu/calibration/physical-limits.ts";
import type { ConvWork, MatMulWork } from "../../../src/ops/types.ts";
import { sharedPath } from "../../shared.ts";
import { shippedIds } from "../measured.ts";
import { shipped } from "../shipped.ts";
import { conv3x3 } from "../works.ts";

const product = (m: number, n: number, k: number): MatMulWork => ({
  kind: "matmul",
  batch: 1,
  m,
  n,
  k,
  weightB: true,
  bias: false,
});

const conv = (over: Partial<ConvWork>) =>
  conv3x3({ batch: 32, inChannels: 256, outChannels: 256, ...over });

describe("leastTime", () => {
  const v100 = shipped("v100-pcie");
  const sheet = (name: "fp32Tflops" | "dramGbs") => v100.figures[name]!.value;

  test("a large product: the data sheet's peak, with room for a higher clock", () => {
    const { us, from } = leastTime(product(8192, 8192, 8192), v100, "fp32");
    const atPeak = (2 * 8192 ** 3) / (sheet("fp32Tflops") * 1e6);
    expect(us / atPeak).toBeGreaterThan(0.7);
    expect(us / atPeak).toBeLessThan(0.85);
    expect(from).toMatch(/TFLOP\/s of FP32 arithmetic/);
  });

  test("a product of one row: DRAM, without what L2 may still hold", () => {
    const { us, from } = leastTime(product(1, 16384, 16384), v100, "fp32");
    const streamed = (4 * 16384 ** 2) / (sheet("dramGbs") * 1e3);
    expect(us).toBeLessThan(streamed);
    expect(us).toBeGreaterThan(0.8 * streamed);
    expect(from).toMatch(/GB\/s of DRAM bandwidth/);
  });

  test("a tiny product: an empty kernel", () => {
    expect(leastTime(product(1, 1, 1), v100, "fp32")).toEqual({
      us: 0.5,
      from: "the launch of an empty kernel",
    });
  });

  test("a convolution as its fastest algorithm would be, none faster than its 1x1 part", () => {
    const us = (over: Partial<ConvWork>) => leastTime(conv(over), v100, "fp32").us;
    const direct = us({ stride: [2, 2], input: [112, 112] });
    expect(us({}) / direct).toBeCloseTo(64 / 36 / 9, 2);
    expect(us({ kernel: [1, 1] })).toBeLessThan(us({}));
    expect(us({ kernel: [7, 7] })).toBe(us({}));
  });

  test("FP16 sums on boards whose figure is of FP32 sums", () => {
    const rtx = shipped("rtx-2080-ti");
    const { from } = leastTime(product(8192, 8192, 8192), rtx, "fp16");
    expect(Number.parseFloat(from)).toBeGreaterThan(107);
  });

  test("a network takes at least its multiply-accumulates", () => {
    const macs = 4.1e9;
    const atPeak = (2 * macs) / (sheet("fp32Tflops") * 1e6);
    expect(leastNetworkUs(macs, v100, "fp32")).toBeLessThan(atPeak / 5);
    expect(leastNetworkUs(macs, v100, "fp32")).toBeGreaterThan(atPeak / 10);
  });
});

describe("no public measurement is below it", () => {
  const folder = sharedPath("data/gpu");
  test
    .skipIf(folder === undefined)
    .each([
      "neusight_conv3x3_fp32.csv",
      "neusight_linear_fp32_sample.csv",
      "neusight_bmm_fp32_sample.csv",
      "deepbench_gemm.csv",
      "deepbench_conv.csv",
      "llmcompass_matmul_fp16.csv",
    ])("%s", (name) => {
    const text = readFileSync(join(folder!, name), "utf8");
    const { data, meta } = Papa.parse<Row>(text.trim(), { header: true });
    const kind = datasetKind(meta.fields!, name, data)!;
    const boards = new Map(shippedIds.map((id) => [id, shipped(id)]));
    let seen = 0;
    for (const row of data) {
      const read = readRow(row, kind, {});
      const device = typeof read === "string" ? undefined : boards.get(read.device);
      if (typeof read === "string" || device?.macsPerClock[read.precision] === undefined) continue;
      seen++;
      const { us } = leastTime(read.work, device, read.precision);
      if (read.measuredUs < us) expect.fail(`${read.shape} on ${device.id}: ${read.measuredUs}`);
    }
    expect(seen).toBeGreaterThan(10);
  });
});
