/** Random timelines for property tests: kernels one after another, issued before they start. */
import fc from "fast-check";
import type { ScheduledKernel } from "../../../src/gpu/predict.ts";
import { LIMITERS } from "../../../src/gpu/types.ts";
import { waves } from "../../../src/gpu/waves.ts";
import { type TimelineModel, timelineModel } from "../../../web/src/timeline/model.ts";

export const SMS = 12;

const drawn = fc.record({
  gapUs: fc.double({ min: 0, max: 20, noNaN: true }),
  timeUs: fc.double({ min: 0.5, max: 200, noNaN: true }),
  blocks: fc.integer({ min: 1, max: 400 }),
  blocksPerSm: fc.integer({ min: 1, max: 8 }),
  limiter: fc.constantFrom(...LIMITERS),
});

export const timelines: fc.Arbitrary<TimelineModel> = fc
  .array(drawn, { minLength: 1, maxLength: 40 })
  .map((list) => {
    let clock = 0;
    const kernels = list.map(({ gapUs, timeUs, blocks, blocksPerSm, limiter }, i) => {
      const startUs = clock + gapUs;
      clock = startUs + timeUs;
      return {
        kernel: {
          name: `kernel${i}`,
          nodes: [`node${i}`],
          algorithm: "gemm",
          tile: null,
          grid: [blocks, 1, 1] as const,
          block: 128,
          blocks,
          blocksPerSm,
          limiter,
          timeUs,
          ...waves(blocks, SMS * blocksPerSm),
          flops: 1e6 * blocks,
          dramBytes: 1e4 * blocks,
        },
        registersPerThread: 32,
        sharedBytesPerBlock: 0,
        issueUs: gapUs,
        issuedUs: startUs,
        startUs,
      } satisfies ScheduledKernel;
    });
    return timelineModel(kernels, SMS, 0, () => undefined);
  });
