import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import { regionOf, waveBudget, waveEdges } from "../../../src/gpu/dynamic/index.ts";
import { shipped } from "../shipped.ts";
import { anyOptions, anySpec, basic } from "./specs.ts";

describe("a wave-quantised budget", () => {
  test("is the most blocks with no more waves and no more time, by brute force", () => {
    fc.assert(
      fc.property(
        anySpec,
        anyOptions,
        fc.nat(),
        fc.constantFrom(0, 0.02, 0.2),
        (spec, options, seed, tolerance) => {
          const region = regionOf(spec, options);
          const asked = seed % (region.blocks + 1);
          const budget = waveBudget(region, asked, tolerance);
          const own = region.time(asked);
          const all = Array.from({ length: region.blocks + 1 }, (_, n) => n);
          const fits = all.filter((n) => n >= asked && region.time(n).waves <= own.waves);
          const free = fits.filter(
            (n) => region.time(n).latencyUs <= own.latencyUs * (1 + tolerance),
          );
          expect(budget.active).toBe(Math.max(...free));
          expect(budget.edge.active).toBe(Math.max(...fits));
          expect(budget.spare).toBe(budget.active - asked);
          expect(budget.latencyUs).toBeLessThanOrEqual(own.latencyUs * (1 + tolerance));
          expect(budget.waves).toBeLessThanOrEqual(own.waves);
          if (budget.verdict === "dynamic") expect(budget.latencyUs).toBeLessThan(budget.denseUs);
          else expect(budget.promisedUs).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("edges are the numbers past which every further block takes more waves, by brute force", () => {
    fc.assert(
      fc.property(anySpec, anyOptions, (spec, options) => {
        const region = regionOf(spec, options);
        const waves = Array.from({ length: region.blocks + 1 }, (_, n) => region.time(n).waves);
        const expected = waves.flatMap((w, n) =>
          waves.slice(n + 1).every((later) => later > w) ? [n] : [],
        );
        expect(waveEdges(region).map((e) => e.active)).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  // One convolution of one kernel on whole rounds: the edge is where its thread blocks fill the GPU.
  test("the edge of a single kernel is where its grid fills a wave", () => {
    const device = shipped("gtx-1080-ti");
    const region = regionOf(
      {
        batch: 16,
        channels: 512,
        height: 28,
        width: 28,
        block: 4,
        mask: { unit: "given" },
        convs: [{ channels: 512, kernel: 1 }],
      },
      { device, host: "compiled" },
    );
    const edges = waveEdges(region);
    expect(edges.length).toBeGreaterThan(3);
    let checked = 0;
    for (const { active } of edges.slice(1, -1)) {
      const kernel = (n: number) => region.at(n).kernels.find((k) => k.tile !== null)!;
      const here = kernel(active);
      const next = kernel(active + 1);
      if (next.name !== here.name || next.grid[2] !== here.grid[2]) continue;
      checked++;
      const slots = device.smCount * here.blocksPerSm;
      expect(here.blocks).toBeLessThanOrEqual(here.waves * slots);
      expect(next.blocks).toBeGreaterThan(here.waves * slots);
    }
    expect(checked).toBeGreaterThan(1);
  });

  test("gives spare blocks where rounds are wide", () => {
    const region = basic({ batch: 1, mask: { unit: "given" } });
    const budget = waveBudget(region, 3);
    expect(budget.spare).toBeGreaterThan(0);
    expect(budget.latencyUs).toBeLessThanOrEqual(1.02 * budget.askedLatencyUs);
  });

  test("says dense where skipping saves nothing: one image, launches and one wave", () => {
    const region = basic({ batch: 1 }, { host: "eager" });
    for (const asked of [1, 4, 8, 16]) {
      const budget = waveBudget(region, asked);
      expect(budget.verdict).toBe("dense");
      expect(budget.promisedUs).toBe(0);
    }
  });

  test("refuses a count or a tolerance that cannot be", () => {
    expect(() => waveBudget(basic(), 65)).toThrow("65 active blocks");
    expect(() => waveBudget(basic(), 3, -0.1)).toThrow(UserError);
    expect(() => waveBudget(basic(), 3, Number.NaN)).toThrow("tolerance NaN");
  });
});
