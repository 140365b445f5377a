import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import { PARTS, regionOf } from "../../../src/gpu/dynamic/index.ts";
import { regionGraph } from "../../../src/gpu/dynamic/region-graph.ts";
import { predict } from "../../../src/gpu/predict.ts";
import { shipped } from "../shipped.ts";
import { anyOptions, anySpec, basic, basicBlock, single, v100 } from "./specs.ts";

describe("a dynamic region", () => {
  test("dense is what predict says of the same network", () => {
    fc.assert(
      fc.property(anySpec, anyOptions, (spec, options) => {
        const { dense } = regionOf(spec, options).at(0);
        const whole = predict(regionGraph(spec, "any"), options);
        expect(dense.latencyUs / 1000).toBeCloseTo(whole.latencyMs, 9);
        expect(dense.kernels).toEqual(whole.kernels);
      }),
      { numRuns: 30 },
    );
  });

  test("without active blocks is mask and launches only", () => {
    const p = basic().at(0);
    expect(p.kernels.map((k) => k.part)).toEqual(["mask", "mask", "compaction", "compaction"]);
    expect(p.breakdown.gather + p.breakdown.waves + p.breakdown.ideal).toBe(0);
    expect(p.waves).toBe(0);
    const given = basic({ mask: { unit: "given" } });
    expect(given.at(0).kernels).toEqual([]);
    // A result that is no sum with the input has to be cleared.
    const filled = regionOf(single, { device: v100 }).at(0);
    expect(filled.kernels.filter((k) => k.part === "scatter").map((k) => k.name)).toEqual([
      "fill_zeros",
    ]);
  });

  test("with all blocks, each the whole map, computes the dense convolution, and pays for the rest", () => {
    for (const id of ["v100-sxm2", "gtx-1080-ti", "a100-80-pcie"])
      for (const batch of [1, 8, 32]) {
        const region = regionOf(
          { ...single, batch, block: 32 },
          { device: shipped(id), host: "compiled" },
        );
        const p = region.at(batch);
        const convs = p.kernels.filter((k) => k.part === "conv");
        expect(convs.map((k) => [k.name, k.grid])).toEqual(
          p.dense.kernels.map((k) => [k.name, k.grid]),
        );
        const us = (ks: readonly { readonly timeUs: number }[]) =>
          ks.reduce((s, k) => s + k.timeUs, 0);
        // The gathered border is read as well: (34 / 32)^2 of the input.
        expect(us(convs) / us(p.dense.kernels)).toBeGreaterThan(0.999);
        expect(us(convs) / us(p.dense.kernels)).toBeLessThan(1.13);
        const conv = p.parts.find((part) => part.part === "conv")!;
        expect(conv.macs).toBe(p.dense.macs);
        expect(p.latencyUs).toBeGreaterThan(p.dense.latencyUs);
        expect(p.verdict).toBe("dense");
        expect(p.promisedUs).toBe(0);
      }
  });

  test("parts, breakdown and clocks add up", () => {
    fc.assert(
      fc.property(anySpec, anyOptions, fc.nat(), (spec, options, seed) => {
        const region = regionOf(spec, options);
        const p = region.at(seed % (region.blocks + 1));
        const { ideal, denseLaunches, mask, gather, launches, waves } = p.breakdown;
        expect(ideal + denseLaunches + mask + gather + launches + waves).toBeCloseTo(
          p.latencyUs,
          6,
        );
        expect(p.parts.reduce((s, part) => s + part.gpuUs, 0)).toBeCloseTo(p.gpuUs, 5);
        expect(p.parts.reduce((s, part) => s + part.macs, 0)).toBeCloseTo(p.macs, 6);
        expect(p.parts.map((part) => part.part)).toEqual(PARTS);
        expect(p.latencyUs).toBeGreaterThanOrEqual(Math.max(p.gpuUs, p.hostUs) - 1e-6);
        expect(p.smoothUs).toBeLessThanOrEqual(p.latencyUs + 1e-6);
        expect(p.quantisedUs).toBeGreaterThanOrEqual(p.latencyUs - 1e-6);
        expect(p.promisedUs).toBeLessThanOrEqual(Math.max(0, p.dense.latencyUs - p.latencyUs));
        expect(p.verdict).toBe(p.promisedUs > 0 ? "dynamic" : "dense");
        expect(JSON.parse(JSON.stringify(p))).toEqual(p);
      }),
      { numRuns: 40 },
    );
  });

  test("counts, bytes and thread blocks grow with the active blocks, and so does the time of one kernel", () => {
    fc.assert(
      fc.property(anySpec, anyOptions, (spec, options) => {
        const region = regionOf(spec, options);
        let before = region.at(0);
        for (let n = 1; n <= Math.min(region.blocks, 12); n++) {
          const now = region.at(n);
          expect(now.macs).toBeGreaterThan(before.macs);
          now.parts.forEach((part, i) => {
            // The library may take another kernel for more blocks, with fewer bytes.
            if (part.part !== "conv")
              expect(part.dramBytes).toBeGreaterThanOrEqual(before.parts[i]!.dramBytes);
          });
          const convs = (p: typeof now) => p.kernels.filter((k) => k.part === "conv");
          convs(now).forEach((kernel, i) => {
            const old = convs(before)[i];
            const same = old?.name === kernel.name && old.grid[2] === kernel.grid[2];
            if (kernel.tile === null || !same || kernel.correction !== undefined) return;
            expect(kernel.blocks).toBeGreaterThanOrEqual(old.blocks);
            expect(kernel.timeUs).toBeGreaterThanOrEqual(old.timeUs - 1e-9);
          });
          before = now;
        }
      }),
      { numRuns: 30 },
    );
  });

  test("MACs of blocks are those of the dense region, the halo and the ragged edge", () => {
    const { parts, dense } = regionOf({ ...single, height: 30, width: 30 }, { device: v100 }).at(
      32,
    );
    // One convolution has no halo in its results; 30 = 3 x 8 + 6.
    expect(parts.find((p) => p.part === "conv")!.macs).toBe((dense.macs * 32 ** 2) / 30 ** 2);
    const chain = basic().at(64);
    // The first of two 3x3 convolutions is computed on 9 x 9 for a block of 7 x 7.
    expect(chain.parts.find((p) => p.part === "conv")!.macs).toBe(
      (chain.dense.macs * (81 / 49 + 1)) / 2,
    );
  });
});

describe("the wait for the number of active blocks", () => {
  test("is there where the device alone knows it, costs what is said, and can be switched off", () => {
    const waits = basic({}, { syncUs: 25 });
    const free = basic({}, { sync: false });
    expect(waits.at(9).syncs).toBe(1);
    expect(free.at(9).syncs).toBe(0);
    // Nothing is queued over a wait: it also exposes the launches after it.
    expect(waits.time(9).latencyUs - free.time(9).latencyUs).toBeGreaterThanOrEqual(25);
    expect(basic({ mask: { select: "top-k" } }).at(9).syncs).toBe(0);
    expect(basic({ mask: { unit: "given" } }).at(9).syncs).toBe(0);
    expect(basic({ mask: { select: "top-k" } }, { sync: true }).at(9).syncs).toBe(1);
    expect(waits.time(9).latencyUs - basic({}, { syncUs: 5 }).time(9).latencyUs).toBeCloseTo(20, 6);
  });

  test("is told in the notes, as every other assumption", () => {
    const text = (r: ReturnType<typeof basic>) => r.at(3).notes.join("\n");
    expect(text(basic())).toContain("the host waits once for the number of active blocks, 15 us");
    expect(text(basic({}, { sync: false }))).toContain("no wait for the number of active blocks");
    expect(text(basic({ block: 5 }))).toContain("blocks reach past the map");
    expect(text(basic({ moves: "fused" }))).toContain("what their loads waste is not counted");
  });

  test("makes two captured graphs of one", () => {
    const one = basic({}, { host: "cuda-graph", sync: false });
    const two = basic({}, { host: "cuda-graph", sync: true, syncUs: 0 });
    // A second graph is launched, 10 us.
    expect(two.time(20).latencyUs - one.time(20).latencyUs).toBeGreaterThan(8);
  });
});

test("fused moves have no kernels of their own and bound the others from below", () => {
  const fused = basic({ moves: "fused" });
  const own = basic();
  for (const n of [1, 20, 64]) {
    expect(fused.at(n).breakdown.gather).toBe(0);
    expect(fused.time(n).latencyUs).toBeLessThan(own.time(n).latencyUs);
  }
});

describe("bad input", () => {
  test.each([
    [{ batch: 0 }, "region basic: batch is 0, expected a whole number of at least 1"],
    [{ channels: 1.5 }, "channels is 1.5"],
    [{ convs: [] }, "no convolutions"],
    [{ convs: [{ channels: 0, kernel: 3 }] }, "region basic, conv1: channels is 0"],
    [{ convs: [{ channels: 64, kernel: 3, padding: -1 }] }, "padding is -1"],
    [{ convs: [{ channels: 64, kernel: 3, groups: 7 }] }, "not both divisible by 7 groups"],
    [{ convs: [{ channels: 64, kernel: 31, padding: 0 }] }, "kernel 31 > padded input 28"],
    [{ block: 29 }, "block 29 x 29 is larger than the output of 28 x 28"],
    [{ block: [7, 0] as const }, "block 7 x 0"],
    [
      { scatter: "in-place" as const, convs: [{ channels: 32, kernel: 3 }], residual: false },
      "no input has the output's shape",
    ],
    [{ scatter: "everywhere" as never }, "scatter is 'everywhere'"],
    [{ mask: { unit: "oracle" as never } }, "mask unit is 'oracle'"],
  ])("%j", (over, message) => {
    const attempt = () => basic(over);
    expect(attempt).toThrow(UserError);
    expect(attempt).toThrow(message);
  });

  test("a count, a precision, a wait that cannot be", () => {
    expect(() => basic().at(65)).toThrow(
      "region basic: 65 active blocks, expected a whole number from 0 to 64",
    );
    expect(() => basic({}, { syncUs: -1 })).toThrow("syncUs is -1");
    expect(() => basic({}, { precision: "bf16" })).toThrow("v100-sxm2 has no bf16");
    expect(() =>
      regionOf(
        { ...basicBlock, residual: true, convs: [{ channels: 32, kernel: 3 }] },
        { device: v100 },
      ),
    ).toThrow(UserError);
  });

  test("a kernel larger than its block is no mistake, only dear", () => {
    const region = basic({ block: 1, convs: [{ channels: 64, kernel: 7 }], residual: false });
    expect(region.at(8).gathered).toEqual([7, 7]);
    expect(region.at(region.blocks).verdict).toBe("dense");
  });
});
