import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sliceCount, smSchedule } from "../../src/gpu/sm-schedule.ts";
import { waves } from "../../src/gpu/waves.ts";

const grids = fc.record({
  blocks: fc.integer({ min: 1, max: 20_000 }),
  blocksPerSm: fc.integer({ min: 1, max: 32 }),
  timeUs: fc.double({ min: 0.1, max: 1e5, noNaN: true }),
});
const smCounts = fc.integer({ min: 1, max: 160 });

describe("smSchedule", () => {
  it("leaves 79 of 80 SMs idle for half of the time where one block is left over", () => {
    expect(smSchedule({ blocks: 81, blocksPerSm: 1, timeUs: 100 }, 80)).toEqual([
      {
        firstSm: 0,
        smCount: 1,
        blocks: 2,
        slices: [
          { wave: 1, waves: 1, blocks: 1, startUs: 0, durationUs: 50 },
          { wave: 2, waves: 1, blocks: 1, startUs: 50, durationUs: 50 },
        ],
      },
      {
        firstSm: 1,
        smCount: 79,
        blocks: 1,
        slices: [{ wave: 1, waves: 1, blocks: 1, startUs: 0, durationUs: 50 }],
      },
    ]);
  });

  it("shares an SM among its resident blocks: 5 blocks, 2 at a time, are 2 + 2 + 1 fifths", () => {
    const [all] = smSchedule({ blocks: 50, blocksPerSm: 2, timeUs: 100 }, 10);
    expect(all!.slices.map((s) => [s.blocks, s.startUs, s.durationUs])).toEqual([
      [2, 0, 40],
      [2, 40, 40],
      [1, 80, 20],
    ]);
    const [merged] = smSchedule({ blocks: 50, blocksPerSm: 2, timeUs: 100 }, 10, true);
    expect(merged!.slices.map((s) => [s.wave, s.waves, s.durationUs])).toEqual([
      [1, 2, 80],
      [3, 1, 20],
    ]);
  });

  it("runs every block once, within the kernel's time, in the kernel's waves", () => {
    fc.assert(
      fc.property(grids, smCounts, fc.boolean(), (grid, smCount, merged) => {
        const groups = smSchedule(grid, smCount, merged);
        const perSm = groups.flatMap((g) => Array.from({ length: g.smCount }, () => g.slices));
        const blocks = perSm.flat().reduce((n, s) => n + s.blocks * s.waves, 0);
        expect(blocks).toBe(grid.blocks);
        expect(perSm.flat()).toHaveLength(sliceCount(grid, smCount, merged));
        const busy = perSm.flat().reduce((t, s) => t + s.durationUs, 0);
        // Each block holds its SM for its share of it: the busiest SM is busy all the time.
        const expected = grid.blocks * (grid.timeUs / Math.ceil(grid.blocks / smCount));
        expect(busy / expected).toBeCloseTo(1, 9);
        const last = Math.max(...perSm.flat().map((s) => s.wave + s.waves - 1));
        expect(last).toBe(waves(grid.blocks, smCount * grid.blocksPerSm).waves);
        for (const slices of perSm) {
          const ends = slices.map((s) => s.startUs + s.durationUs);
          expect(Math.max(...ends)).toBeLessThanOrEqual(grid.timeUs * (1 + 1e-9));
          for (let i = 1; i < slices.length; i++)
            expect(slices[i]!.startUs).toBeCloseTo(ends[i - 1]!, 6);
        }
      }),
    );
  });
});
