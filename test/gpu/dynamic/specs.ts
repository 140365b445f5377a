/** Regions that the tests share. */
import fc from "fast-check";
import { type DynamicOptions, type RegionSpec, regionOf } from "../../../src/gpu/dynamic/index.ts";
import { HOST_MODES } from "../../../src/gpu/types.ts";
import { shipped } from "../shipped.ts";

/** A residual block of two 3x3 convolutions, as in a ResNet-18's second stage. */
export const basicBlock: RegionSpec = {
  name: "basic",
  batch: 4,
  channels: 64,
  height: 28,
  width: 28,
  block: 7,
  residual: true,
  convs: [
    { channels: 64, kernel: 3 },
    { channels: 64, kernel: 3 },
  ],
};

/** One 3x3 convolution that keeps its size. */
export const single: RegionSpec = {
  name: "single",
  batch: 2,
  channels: 64,
  height: 32,
  width: 32,
  block: 8,
  convs: [{ channels: 128, kernel: 3 }],
};

export const v100 = shipped("v100-sxm2");

export function basic(over: Partial<RegionSpec> = {}, options: Partial<DynamicOptions> = {}) {
  return regionOf({ ...basicBlock, ...over }, { device: v100, host: "compiled", ...options });
}

const BOARDS = ["v100-sxm2", "gtx-1080-ti", "t4", "jetson-tx2", "h100-sxm"];

export const anyOptions: fc.Arbitrary<DynamicOptions> = fc.record({
  device: fc.constantFrom(...BOARDS).map(shipped),
  host: fc.constantFrom(...HOST_MODES),
  precision: fc.constantFrom("fp32" as const, "fp16" as const),
  channelsLast: fc.boolean(),
  tuned: fc.boolean(),
});

/** Small regions of all kinds: strides, ragged blocks, chains, shortcuts, depthwise layers. */
export const anySpec: fc.Arbitrary<RegionSpec> = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    channels: fc.constantFrom(8, 24, 64),
    height: fc.integer({ min: 5, max: 30 }),
    width: fc.integer({ min: 5, max: 30 }),
    block: fc.integer({ min: 1, max: 5 }),
    convs: fc.array(
      fc.record({
        channels: fc.constantFrom(8, 24, 64),
        kernel: fc.constantFrom(1, 3, 5),
        stride: fc.constantFrom(1, 1, 2),
        batchNorm: fc.boolean(),
        activation: fc.boolean(),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    unit: fc.constantFrom("attention" as const, "conv-gate" as const, "pool-gate" as const),
    select: fc.constantFrom("threshold" as const, "top-k" as const),
  })
  .map(({ unit, select, convs, ...rest }) => ({
    ...rest,
    name: "any",
    mask: { unit, select },
    // At most one of two convolutions halves the map, so that a block of 5 still fits it.
    convs: convs.map((conv, i) => ({ ...conv, stride: i === 0 ? conv.stride : 1 })),
    block: Math.min(rest.block, Math.ceil(Math.min(rest.height, rest.width) / 2)),
  }));
