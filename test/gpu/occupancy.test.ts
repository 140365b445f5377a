import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { occupancy, type SmLimits } from "../../src/gpu/occupancy.ts";
import { shipped } from "./shipped.ts";

const v100 = shipped("v100-sxm2").limits;
const t4 = shipped("t4").limits;
const a100 = shipped("a100-80-sxm").limits;
const p100 = shipped("p100-pcie").limits;

describe("occupancy", () => {
  // CUDA C++ Best Practices Guide, 10.1.1: 65,536 registers and 2,048 threads an SM; 128-thread
  // blocks of 37 registers reach 75 % (12 blocks), 320-thread blocks of the same 63 % (4 blocks).
  test("NVIDIA's register example: 37 registers, blocks of 128 and 320 threads", () => {
    const small = occupancy({ threads: 128, registersPerThread: 37, sharedBytes: 0 }, v100);
    expect(small.blocksPerSm).toBe(12);
    expect(small.fraction).toBe(0.75);
    const large = occupancy({ threads: 320, registersPerThread: 37, sharedBytes: 0 }, v100);
    expect(large.blocksPerSm).toBe(4);
    expect(large.fraction).toBe(0.625);
    expect(large.limitedBy).toBe("registers");
  });

  // The same guide: all 2,048 threads of an SM can be resident with at most 32 registers each.
  test("32 registers leave the SM full, one more does not", () => {
    const full = { threads: 256, registersPerThread: 32, sharedBytes: 0 };
    expect(occupancy(full, a100).fraction).toBe(1);
    expect(occupancy({ ...full, registersPerThread: 33 }, a100).fraction).toBeLessThan(1);
  });

  test("worked by hand", () => {
    // 122 registers: 3,904 a warp, 4,096 allocated; 16 warps fit, 8 a block.
    const sgemm = { threads: 256, registersPerThread: 122, sharedBytes: 16_384 };
    expect(occupancy(sgemm, v100)).toEqual({
      blocksPerSm: 2,
      fraction: 0.25,
      limitedBy: "registers",
    });
    // 48 KiB of 64 KiB on Turing; of 96 KiB on Volta; 49 of 164 KiB (1 KiB reserved) on Ampere.
    const shared = { threads: 256, registersPerThread: 32, sharedBytes: 48 * 1024 };
    expect(occupancy(shared, t4).blocksPerSm).toBe(1);
    expect(occupancy(shared, v100).blocksPerSm).toBe(2);
    expect(occupancy(shared, a100)).toMatchObject({ blocksPerSm: 3, limitedBy: "shared memory" });
    // 1,024 threads of Turing are 8 blocks of 128; the limit of 16 blocks binds 32-thread ones.
    expect(occupancy({ threads: 128, registersPerThread: 32, sharedBytes: 0 }, t4)).toMatchObject({
      blocksPerSm: 8,
      limitedBy: "warps",
    });
    expect(occupancy({ threads: 32, registersPerThread: 16, sharedBytes: 0 }, t4)).toMatchObject({
      blocksPerSm: 16,
      limitedBy: "blocks",
    });
    // 72 registers: 2,304 a warp, 28 warps; granularity 2 on 6.0 and 4 elsewhere; 3 warps a block.
    const odd = { threads: 96, registersPerThread: 72, sharedBytes: 0 };
    expect(occupancy(odd, p100).blocksPerSm).toBe(9);
  });

  test("a block that cannot fit has no residence", () => {
    const huge = { threads: 128, registersPerThread: 32, sharedBytes: 97 * 1024 };
    expect(occupancy(huge, v100)).toEqual({
      blocksPerSm: 0,
      fraction: 0,
      limitedBy: "shared memory",
    });
    const registers = { threads: 1024, registersPerThread: 128, sharedBytes: 0 };
    expect(occupancy(registers, v100).blocksPerSm).toBe(0);
  });

  test("equals placing blocks one by one", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(v100, t4, a100, p100),
        fc.integer({ min: 1, max: 32 }),
        fc.integer({ min: 1, max: 255 }),
        fc.integer({ min: 0, max: 48 * 1024 }),
        (limits, warps, registersPerThread, sharedBytes) => {
          const block = { threads: warps * 32, registersPerThread, sharedBytes };
          expect(occupancy(block, limits).blocksPerSm).toBe(place(warps, block, limits));
        },
      ),
    );
  });
});

/** Brute force: hand out registers, by sub-partition granule, and shared memory until one runs out. */
function place(
  warps: number,
  block: { registersPerThread: number; sharedBytes: number },
  limits: SmLimits,
): number {
  const { warpGranularity, registerUnitPerWarp, sharedUnitBytes } = limits;
  let perWarp = 0;
  while (perWarp < block.registersPerThread * 32) perWarp += registerUnitPerWarp;
  let granules = 0;
  while ((granules + 1) * warpGranularity * perWarp <= limits.registersPerSm) granules++;
  let allocatedWarps = 0;
  while (allocatedWarps < warps) allocatedWarps += warpGranularity;
  if (allocatedWarps * perWarp > limits.registersPerBlock) return 0;
  let shared = 0;
  while (shared < block.sharedBytes + limits.sharedBytesReserved) shared += sharedUnitBytes;
  let blocks = 0;
  for (;;) {
    const next = blocks + 1;
    const fits =
      next <= limits.maxBlocksPerSm &&
      next * warps <= limits.maxWarpsPerSm &&
      next * warps <= granules * warpGranularity &&
      next * shared <= limits.sharedBytesPerSm;
    if (!fits) return blocks;
    blocks = next;
  }
}
