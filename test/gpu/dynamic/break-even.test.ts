import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { breakEven, REGION_LIMITERS, regionOf } from "../../../src/gpu/dynamic/index.ts";
import { shipped } from "../shipped.ts";
import { anyOptions, anySpec, basic, basicBlock } from "./specs.ts";

describe("break-even", () => {
  test("is the last number of blocks that is not slower, soft and hard, by brute force", () => {
    fc.assert(
      fc.property(anySpec, anyOptions, (spec, options) => {
        const region = regionOf(spec, options);
        const { dense } = region;
        const pays = Array.from({ length: region.blocks }, (_, i) => region.time(i + 1)).map(
          (t) => t.latencyUs <= dense.latencyUs && t.quantisedUs <= dense.quantisedUs,
        );
        const found = breakEven(region);
        const last = pays.lastIndexOf(true);
        const first = pays.indexOf(false);
        expect(found.active).toBe(last < 0 ? undefined : last + 1);
        expect(found.keptFraction).toBe(last < 0 ? undefined : (last + 1) / region.blocks);
        expect(found.surely ?? 0).toBe(first < 0 ? region.blocks : first);
        if (found.active === undefined) expect(REGION_LIMITERS).toContain(found.limiter);
      }),
      { numRuns: 40 },
    );
  });

  const large = {
    batch: 32,
    channels: 128,
    height: 56,
    width: 56,
    block: 14,
    convs: basicBlock.convs.map((c) => ({ ...c, channels: 128 })),
  };

  test("lies where a large region on a loaded GPU should have it, and a saving below is promised", () => {
    const region = basic(large);
    const found = breakEven(region);
    expect(found.keptFraction).toBeGreaterThan(0.3);
    expect(found.keptFraction).toBeLessThan(0.9);
    expect(found.verdict).toContain("pays up to");
    expect(region.at(Math.floor(found.active! / 2)).promisedUs).toBeGreaterThan(0);
    expect(region.at(region.blocks).promisedUs).toBe(0);
  });

  test("does not exist for one image whose launches are all there is, and says so", () => {
    const found = breakEven(basic({ batch: 1 }, { host: "eager" }));
    expect(found.active).toBeUndefined();
    expect(found.keptFraction).toBeUndefined();
    expect(found.limiter).toBe("launches");
    expect(found.verdict).toContain("never pays");
    expect(found.verdict).toContain("launches and the host's waits");
  });

  test("names the mask unit where it reads more than the region saves", () => {
    // A depthwise layer does little more than read its map once, and so does the attention.
    const found = breakEven(
      basic(
        {
          ...large,
          channels: 256,
          residual: false,
          scatter: "in-place",
          mask: { unit: "conv-gate" },
          convs: [{ channels: 256, kernel: 1, groups: 256 }],
        },
        { device: shipped("a100-80-pcie") },
      ),
    );
    expect(found.active).toBeUndefined();
    expect(found.limiter).toBe("mask");
  });

  test("names waves where one block takes as long as all", () => {
    // Deep reductions on a small map: a single tile's time is the region's.
    const found = breakEven(
      basic(
        {
          batch: 1,
          channels: 2048,
          height: 7,
          width: 7,
          block: 2,
          mask: { unit: "given" },
          convs: [{ channels: 512, kernel: 1 }],
          residual: false,
        },
        { host: "cuda-graph", sync: false },
      ),
    );
    expect(found.active).toBeUndefined();
    expect(found.limiter).toBe("waves");
  });

  test("pixel by pixel, a 3x3 convolution gathers nine times its map and fails by it", () => {
    const coarse = breakEven(basic(large));
    const fine = breakEven(
      basic(
        {
          ...large,
          batch: 1,
          block: 1,
          residual: false,
          mask: { unit: "given" },
          convs: [{ channels: 128, kernel: 3 }],
        },
        { host: "cuda-graph" },
      ),
    );
    expect(fine.keptFraction ?? 0).toBeLessThan(0.5 * coarse.keptFraction!);
    expect(fine.limiter).toMatch(/gather|waves/);
  });
});
