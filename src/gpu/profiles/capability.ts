/**
 * Limits of one SM by compute capability, for profiles that name no board we ship. From NVIDIA/cccl
 * `libcudacxx/include/cuda/__device/arch_traits.h` (6.0 and later) and the CUDA C++ Programming
 * Guide's table of technical specifications; allocation units from NVIDIA's occupancy calculator.
 */
import type { SmLimits } from "../occupancy.ts";

interface Row {
  readonly sharedKbPerSm: number;
  readonly sharedKbPerBlock: number;
  readonly blocks: number;
  readonly warps: number;
  /** Differing from the usual ones. */
  readonly registersPerBlock?: number;
  readonly warpGranularity?: number;
}

const ROWS: Readonly<Record<string, Row>> = {
  "5.2": { sharedKbPerSm: 96, sharedKbPerBlock: 48, blocks: 32, warps: 64 },
  "5.3": {
    sharedKbPerSm: 64,
    sharedKbPerBlock: 48,
    blocks: 32,
    warps: 64,
    registersPerBlock: 32768,
  },
  "6.0": { sharedKbPerSm: 64, sharedKbPerBlock: 48, blocks: 32, warps: 64, warpGranularity: 2 },
  "6.1": { sharedKbPerSm: 96, sharedKbPerBlock: 48, blocks: 32, warps: 64 },
  "6.2": {
    sharedKbPerSm: 64,
    sharedKbPerBlock: 48,
    blocks: 32,
    warps: 64,
    registersPerBlock: 32768,
  },
  "7.0": { sharedKbPerSm: 96, sharedKbPerBlock: 96, blocks: 32, warps: 64 },
  "7.2": { sharedKbPerSm: 96, sharedKbPerBlock: 96, blocks: 32, warps: 64 },
  "7.5": { sharedKbPerSm: 64, sharedKbPerBlock: 64, blocks: 16, warps: 32 },
  "8.0": { sharedKbPerSm: 164, sharedKbPerBlock: 163, blocks: 32, warps: 64 },
  "8.6": { sharedKbPerSm: 100, sharedKbPerBlock: 99, blocks: 16, warps: 48 },
  "8.7": { sharedKbPerSm: 164, sharedKbPerBlock: 163, blocks: 16, warps: 48 },
  "8.9": { sharedKbPerSm: 100, sharedKbPerBlock: 99, blocks: 24, warps: 48 },
  "9.0": { sharedKbPerSm: 228, sharedKbPerBlock: 227, blocks: 32, warps: 64 },
  "10.0": { sharedKbPerSm: 228, sharedKbPerBlock: 227, blocks: 32, warps: 64 },
  "12.0": { sharedKbPerSm: 100, sharedKbPerBlock: 99, blocks: 24, warps: 48 },
};

/** @param capability e.g. `8.6`; undefined where it is not known */
export function smLimitsOf(capability: string): SmLimits | undefined {
  const row = ROWS[capability];
  if (row === undefined) return undefined;
  const ampereOrLater = Number(capability) >= 8;
  return {
    sharedBytesPerSm: row.sharedKbPerSm * 1024,
    sharedBytesPerBlock: row.sharedKbPerBlock * 1024,
    sharedBytesReserved: ampereOrLater ? 1024 : 0,
    sharedUnitBytes: ampereOrLater ? 128 : 256,
    registersPerSm: 65536,
    registersPerBlock: row.registersPerBlock ?? 65536,
    registerUnitPerWarp: 256,
    warpGranularity: row.warpGranularity ?? 4,
    maxBlocksPerSm: row.blocks,
    maxWarpsPerSm: row.warps,
  };
}
