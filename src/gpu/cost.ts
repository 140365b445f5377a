/**
 * Time of one kernel on one device: how blocks share SMs (a soft staircase), how well resident
 * warps hide latency, and what DRAM and L2 can deliver; the slowest of the three rules.
 */
import type { Device } from "./device.ts";
import { occupancy, WARP } from "./occupancy.ts";
import type { KernelPlan, Limiter } from "./types.ts";
import { waves } from "./waves.ts";

/** A kernel with its place on the device and its GPU time, without any gap between launches. */
export interface TimedKernel {
  readonly plan: KernelPlan;
  readonly blocks: number;
  readonly blocksPerSm: number;
  readonly waves: number;
  readonly tailFill: number;
  readonly smUtilization: number;
  readonly timeUs: number;
  readonly limiter: Limiter;
}

/** What the time of a kernel is made of, microseconds. */
export interface TimeParts {
  readonly launchUs: number;
  readonly computeUs: number;
  /** `computeUs` if blocks spread over the SMs without remainder. */
  readonly balancedUs: number;
  readonly memoryUs: number;
}

/**
 * Blocks that the busiest SM works off, softened: blocks are handed out one by one and co-resident
 * ones share an SM, so a round that is not full costs between its share and a whole round.
 */
export function effectiveRounds(blocks: number, device: Device): number {
  const perSm = blocks / device.smCount;
  const hardness = device.parameters.stairHardness;
  return hardness * Math.ceil(perSm) + (1 - hardness) * Math.max(perSm, 1);
}

/** Share of the issue rate that this many resident warps reach. */
export function latencyHiding(
  blocks: number,
  blocksPerSm: number,
  warpsPerBlock: number,
  device: Device,
): number {
  const resident = Math.min(blocksPerSm, Math.ceil(blocks / device.smCount)) * warpsPerBlock;
  return resident / (resident + device.parameters.latencyWarps);
}

const residency = new WeakMap<Device, Map<number, number>>();

/** Resident blocks of one SM, remembered for each device and kernel shape; at least 1. */
export function residentBlocks(
  device: Device,
  threads: number,
  registers: number,
  sharedBytes: number,
): number {
  let known = residency.get(device);
  if (known === undefined) {
    known = new Map();
    residency.set(device, known);
  }
  const key = (sharedBytes * 256 + registers) * 2048 + threads;
  let blocks = known.get(key);
  if (blocks === undefined) {
    blocks = Math.max(
      1,
      occupancy({ threads, registersPerThread: registers, sharedBytes }, device.limits).blocksPerSm,
    );
    known.set(key, blocks);
  }
  return blocks;
}

export function warpsOf(threads: number): number {
  return Math.ceil(threads / WARP);
}

/**
 * Joins a plan with its time.
 *
 * `launch`: the fixed cost is at least half of the time. `memory`: DRAM or L2 rules. `tail`: compute
 * rules and at least a fifth of it is the imbalance of the last round. `compute`: the rest.
 */
export function timed(plan: KernelPlan, parts: TimeParts, device: Device): TimedKernel {
  const blocks = plan.grid[0] * plan.grid[1] * plan.grid[2];
  const blocksPerSm = residentBlocks(
    device,
    plan.block,
    plan.registersPerThread,
    plan.sharedBytesPerBlock,
  );
  const busy = Math.max(parts.computeUs, parts.memoryUs);
  return {
    plan,
    blocks,
    blocksPerSm,
    ...waves(blocks, device.smCount * blocksPerSm),
    timeUs: parts.launchUs + busy,
    limiter: limiterOf(parts, busy),
  };
}

function limiterOf(parts: TimeParts, busy: number): Limiter {
  if (parts.launchUs >= busy) return "launch";
  if (parts.memoryUs >= parts.computeUs) return "memory";
  return parts.computeUs - parts.balancedUs >= 0.2 * parts.computeUs ? "tail" : "compute";
}
