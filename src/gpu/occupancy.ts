/**
 * How many blocks of a kernel live on one SM at a time: NVIDIA's occupancy calculation with the
 * allocation granularities of each compute capability (CUDA C++ Programming Guide).
 */
import { invariant } from "../base/errors.ts";

export const WARP = 32;

/** Limits of one SM. Bytes and 32-bit registers. */
export interface SmLimits {
  readonly sharedBytesPerSm: number;
  readonly sharedBytesPerBlock: number;
  /** Shared memory that the system takes of each block. */
  readonly sharedBytesReserved: number;
  readonly sharedUnitBytes: number;
  readonly registersPerSm: number;
  readonly registersPerBlock: number;
  readonly registerUnitPerWarp: number;
  readonly warpGranularity: number;
  readonly maxBlocksPerSm: number;
  readonly maxWarpsPerSm: number;
}

export function smResources(
  figure: (
    name:
      | "sharedKbPerSm"
      | "sharedKbPerBlock"
      | "sharedKbReserved"
      | "sharedUnitBytes"
      | "registersPerSm"
      | "registersPerBlock"
      | "registerUnitPerWarp"
      | "warpGranularity"
      | "maxBlocksPerSm"
      | "maxThreadsPerSm",
  ) => number,
): SmLimits {
  return {
    sharedBytesPerSm: figure("sharedKbPerSm") * 1024,
    sharedBytesPerBlock: figure("sharedKbPerBlock") * 1024,
    sharedBytesReserved: figure("sharedKbReserved") * 1024,
    sharedUnitBytes: figure("sharedUnitBytes"),
    registersPerSm: figure("registersPerSm"),
    registersPerBlock: figure("registersPerBlock"),
    registerUnitPerWarp: figure("registerUnitPerWarp"),
    warpGranularity: figure("warpGranularity"),
    maxBlocksPerSm: figure("maxBlocksPerSm"),
    maxWarpsPerSm: Math.floor(figure("maxThreadsPerSm") / WARP),
  };
}

/** What one block of a kernel asks for. */
export interface BlockResources {
  readonly threads: number;
  readonly registersPerThread: number;
  readonly sharedBytes: number;
}

export type OccupancyLimit = "registers" | "shared memory" | "warps" | "blocks";

export interface Occupancy {
  /** 0: a block does not fit at all. */
  readonly blocksPerSm: number;
  /** Resident warps over the SM's maximum, [0, 1]. */
  readonly fraction: number;
  readonly limitedBy: OccupancyLimit;
}

/** Blocks that one SM holds if only this limit counted; infinite where the kernel asks for none of it. */
export type BlockLimits = Readonly<Record<OccupancyLimit, number>>;

export function blockLimits(block: BlockResources, limits: SmLimits): BlockLimits {
  invariant(block.threads > 0, `a block has threads, not ${block.threads}`);
  const warps = Math.ceil(block.threads / WARP);
  return {
    registers: blocksByRegisters(block, warps, limits),
    "shared memory": blocksByShared(block, limits),
    warps: Math.floor(limits.maxWarpsPerSm / warps),
    blocks: limits.maxBlocksPerSm,
  };
}

export function occupancy(block: BlockResources, limits: SmLimits): Occupancy {
  const by = blockLimits(block, limits);
  const blocksPerSm = Math.min(by.registers, by["shared memory"], by.warps, by.blocks);
  const limitedBy: OccupancyLimit =
    blocksPerSm === by.registers
      ? "registers"
      : blocksPerSm === by["shared memory"]
        ? "shared memory"
        : blocksPerSm === by.warps
          ? "warps"
          : "blocks";
  const warps = Math.ceil(block.threads / WARP);
  return { blocksPerSm, fraction: (blocksPerSm * warps) / limits.maxWarpsPerSm, limitedBy };
}

function blocksByRegisters(block: BlockResources, warps: number, limits: SmLimits): number {
  if (block.registersPerThread === 0) return Number.POSITIVE_INFINITY;
  const unit = limits.registerUnitPerWarp;
  const perWarp = Math.ceil((block.registersPerThread * WARP) / unit) * unit;
  const granularity = limits.warpGranularity;
  const allocatedWarps = Math.ceil(warps / granularity) * granularity;
  if (perWarp * allocatedWarps > limits.registersPerBlock) return 0;
  const warpsThatFit =
    Math.floor(Math.floor(limits.registersPerSm / perWarp) / granularity) * granularity;
  return Math.floor(warpsThatFit / warps);
}

function blocksByShared(block: BlockResources, limits: SmLimits): number {
  const unit = limits.sharedUnitBytes;
  const bytes = Math.ceil((block.sharedBytes + limits.sharedBytesReserved) / unit) * unit;
  if (block.sharedBytes > limits.sharedBytesPerBlock) return 0;
  return bytes === 0 ? Number.POSITIVE_INFINITY : Math.floor(limits.sharedBytesPerSm / bytes);
}
