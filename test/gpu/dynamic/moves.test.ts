import { describe, expect, test } from "vitest";
import { type MaskUnit, regionOf } from "../../../src/gpu/dynamic/index.ts";
import { dramBytes, touchedBytes } from "../../../src/gpu/dynamic/sectors.ts";
import { single, v100 } from "./specs.ts";

const options = { device: v100, host: "compiled" as const };

describe("gather and scatter", () => {
  test("move what is said of them: n blocks with halo in, n blocks out, and the indices", () => {
    const { batch, channels, height, width } = single;
    const p = regionOf(single, options).at(10);
    const bytes = (part: string) => p.parts.find((x) => x.part === part)!.dramBytes;
    const gathered = touchedBytes({
      blocks: 10,
      channels,
      rows: 10,
      columns: 10,
      mapColumns: width,
      bytesPerElement: 4,
      channelsLast: false,
    });
    const map = 4 * batch * channels * height * width;
    expect(bytes("gather")).toBeCloseTo(
      dramBytes(gathered, map, v100) + 10 * 8 + 4 * 10 * channels * 100,
      6,
    );
    const written = touchedBytes({
      blocks: 10,
      channels: 128,
      rows: 8,
      columns: 8,
      mapColumns: width,
      bytesPerElement: 4,
      channelsLast: false,
    });
    // The whole result is cleared first.
    const cleared = 4 * batch * 128 * height * width;
    expect(bytes("scatter")).toBeCloseTo(cleared + 4 * 10 * 128 * 64 + 10 * 8 + written, 6);
  });

  test("take half in half precision, and no wasted sectors where channels lie together", () => {
    const gather = (over: object) =>
      regionOf(single, { ...options, ...over })
        .at(32)
        .parts.find((x) => x.part === "gather")!.dramBytes;
    expect(gather({ precision: "fp16" })).toBeLessThan(0.6 * gather({}));
    expect(gather({ channelsLast: true })).toBeLessThanOrEqual(gather({}));
  });

  test("a copy of the map is dearer than zeros, zeros than nothing", () => {
    const us = (scatter: "in-place" | "zero-fill" | "copy") =>
      regionOf(
        { ...single, residual: true, convs: [{ channels: 64, kernel: 3 }], scatter },
        options,
      ).at(5).breakdown.gather;
    expect(us("in-place")).toBeLessThan(us("zero-fill"));
    expect(us("zero-fill")).toBeLessThan(us("copy"));
  });
});

describe("mask units", () => {
  const unit = (mask: MaskUnit, block = 8) =>
    regionOf({ ...single, block, mask: { unit: mask } }, options).at(4);
  const names = (p: ReturnType<typeof unit>) =>
    p.kernels.filter((k) => k.part === "mask").map((k) => k.nodes[0]);

  test("are the operators that they are made of", () => {
    expect(names(unit("attention"))).toEqual(["single/mask.attention", "single/mask.pool"]);
    expect(new Set(names(unit("conv-gate")))).toEqual(
      new Set(["single/mask.gate", "single/mask.pool"]),
    );
    expect(names(unit("pool-gate"))).toEqual(["single/mask.pool", "single/mask.gate"]);
    expect(names(unit("given"))).toEqual([]);
    // One position a block: nothing to pool.
    expect(names(unit("attention", 1))).toEqual(["single/mask.attention"]);
  });

  test("count their multiply-accumulates", () => {
    const macs = (p: ReturnType<typeof unit>) => p.parts.find((x) => x.part === "mask")!.macs;
    expect(macs(unit("attention"))).toBe(0);
    expect(macs(unit("conv-gate"))).toBe(2 * 32 * 32 * 9 * 64);
    expect(macs(unit("pool-gate"))).toBe(2 * 4 * 4 * 64 * 2);
  });

  test("compare in a kernel of their own only where nothing fuses", () => {
    const eager = regionOf(single, { device: v100 }).at(4);
    expect(names(eager)).toContain("single/mask.threshold");
    const topK = regionOf({ ...single, mask: { select: "top-k" } }, { device: v100 }).at(4);
    expect(names(topK)).not.toContain("single/mask.threshold");
    expect(topK.kernels.filter((k) => k.part === "compaction").map((k) => k.nodes)).toEqual([
      ["single/compaction.topk"],
    ]);
  });
});
