import fc from "fast-check";
import { expect, test } from "vitest";
import { planKernels } from "../../../src/gpu/kernels/index.ts";
import {
  sampleStep,
  sampleWidths,
  standingOf,
  stepEdges,
} from "../../../src/gpu/widths/staircase.ts";
import { shipped } from "../shipped.ts";

test("edges of a made staircase: where a step ends, and not where a slope goes on", () => {
  // Steps of 64 channels with a gentle slope between.
  const stairs = sampleWidths(256).map((channels) => ({
    channels,
    us: 10 * Math.ceil(channels / 64) + channels / 1000,
  }));
  expect(stepEdges(stairs).map((e) => e.channels)).toEqual([64, 128, 192, 256, 320, 384, 448]);
  const slope = sampleWidths(256).map((channels) => ({ channels, us: channels }));
  expect(stepEdges(slope)).toEqual([]);
});

test("an edge of a matrix product is where its tiles are full, or its kernel changes", () => {
  const device = shipped("titan-v");
  const timed = sampleWidths(2048).map((channels) => {
    const [kernel] = planKernels(
      {
        kind: "matmul",
        batch: 1,
        m: 1024,
        n: channels,
        k: 1024,
        weightB: true,
        bias: true,
      },
      device,
      "fp32",
    );
    return { channels, us: kernel!.timeUs, kernel: kernel! };
  });
  const edges = stepEdges(timed);
  expect(edges.length).toBeGreaterThan(2);
  for (const { channels } of edges) {
    const at = timed.findIndex((t) => t.channels === channels);
    const here = timed[at]!.kernel;
    const next = timed[at + 1]!.kernel;
    const other = next.plan.name !== here.plan.name || next.plan.splitK !== here.plan.splitK;
    // The tile is full, and the next channel takes another row of tiles, unless the kernel changes.
    if (!other) expect(channels % here.plan.tile![0]).toBe(0);
    expect(other || next.blocks > here.blocks).toBe(true);
  }
});

test("samples hold the width itself, in whole multiples", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 8 }), (n, multiple) => {
      const channels = n * multiple;
      const samples = sampleWidths(channels, multiple);
      expect(samples).toContain(channels);
      expect(samples.at(-1)).toBe(2 * channels);
      expect(samples.every((c) => c % multiple === 0)).toBe(true);
      expect(channels % sampleStep(channels, multiple)).toBe(0);
    }),
  );
});

test("standing: on an edge, between edges, past the last", () => {
  const edges = [32, 64, 128].map((channels) => ({ channels, us: channels }));
  const at = (c: number) => {
    const { next, previous } = standingOf(c, edges);
    return [previous?.channels, next?.channels];
  };
  expect(at(64)).toEqual([32, 64]);
  expect(at(65)).toEqual([64, 128]);
  expect(at(130)).toEqual([128, undefined]);
  expect(at(8)).toEqual([undefined, 32]);
});
