/**
 * Time of one kernel on one device: how blocks share SMs (a soft staircase), how well resident
 * warps hide latency, what DRAM and L2 deliver, and the clock that the power limit leaves.
 */
import { DRAM_ACTIVITY, throttle } from "./clock.ts";
import type { Device } from "./device.ts";
import { occupancy, type SmLimits, WARP } from "./occupancy.ts";
import type { KernelPlan, Limiter, WorkLimiter } from "./types.ts";
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
  /** The same without the launch. */
  readonly workLimiter: WorkLimiter;
  /** Of the physical model. */
  readonly parts: TimeParts;
  /** Factor of a learned correction that `timeUs` contains: `kernels/correction.ts`. */
  readonly correction?: number;
}

/** What the time of a kernel is made of, microseconds. */
export interface TimeParts {
  readonly launchUs: number;
  readonly computeUs: number;
  /** `computeUs` if blocks spread over the SMs without remainder. */
  readonly balancedUs: number;
  /** DRAM or L2, whichever is slower. */
  readonly memoryUs: number;
}

/** A kernel made of equal blocks of multiply-accumulates. */
export interface BlockLoad {
  readonly blocks: number;
  /** Resident blocks of one SM. */
  readonly resident: number;
  readonly warpsPerBlock: number;
  /** Issue slots of one block, in MACs: tile area x (reduction + overhead). */
  readonly macsPerBlock: number;
  readonly macsPerClock: number;
  readonly mhz: number;
  /** Share of the issue rate with latency hidden. */
  readonly efficiency: number;
  readonly dramBytes: number;
  readonly l2Bytes: number;
  readonly launchUs: number;
}

/**
 * Rounds of blocks on the busiest SM, softened: blocks are handed out one by one and co-resident
 * ones share an SM, so a round that is not full costs between its share and a whole round.
 */
export function effectiveRounds(blocks: number, device: Device): number {
  const perSm = blocks / device.smCount;
  const hardness = device.parameters.stairHardness;
  return hardness * Math.ceil(perSm) + (1 - hardness) * Math.max(perSm, 1);
}

export function blockParts(load: BlockLoad, device: Device): TimeParts {
  const p = device.parameters;
  const perSm = load.blocks / device.smCount;
  const warps = Math.min(load.resident, Math.ceil(perSm)) * load.warpsPerBlock;
  const efficiency = Math.min(1, load.efficiency) * (warps / (warps + p.latencyWarps));
  const slotUs = load.macsPerBlock / (load.macsPerClock * load.mhz);
  const blockUs = slotUs / efficiency;
  const atBoost = effectiveRounds(load.blocks, device) * blockUs;
  const dramUs = load.dramBytes / (device.dramBytesPerUs * p.dramEfficiency);
  const l2AtBoost = load.l2Bytes / (device.smCount * p.l2BytesPerClock * load.mhz);
  const longest = Math.max(atBoost, dramUs, l2AtBoost);
  const activity = (perSm * slotUs + DRAM_ACTIVITY * dramUs) / longest;
  const clock = throttle(activity, p.powerBudget);
  return {
    launchUs: load.launchUs,
    computeUs: atBoost / clock,
    balancedUs: (perSm * blockUs) / clock,
    memoryUs: Math.max(dramUs, l2AtBoost / clock),
  };
}

export function partsUs(parts: TimeParts): number {
  return parts.launchUs + Math.max(parts.computeUs, parts.memoryUs);
}

const residency = new WeakMap<SmLimits, Map<number, number>>();

/** Resident blocks of one SM, remembered for each device and kernel shape; at least 1. */
export function residentBlocks(
  device: Device,
  threads: number,
  registersPerThread: number,
  sharedBytes: number,
): number {
  let known = residency.get(device.limits);
  if (known === undefined) {
    known = new Map();
    residency.set(device.limits, known);
  }
  const key = (sharedBytes * 256 + registersPerThread) * 2048 + threads;
  let blocks = known.get(key);
  if (blocks === undefined) {
    const fits = occupancy({ threads, registersPerThread, sharedBytes }, device.limits);
    blocks = Math.max(1, fits.blocksPerSm);
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
  return {
    plan,
    blocks,
    blocksPerSm,
    ...waves(blocks, device.smCount * blocksPerSm),
    timeUs: partsUs(parts),
    limiter: limiterOf(parts),
    workLimiter: workLimiterOf(parts),
    parts,
  };
}

function limiterOf(parts: TimeParts): Limiter {
  if (parts.launchUs >= Math.max(parts.computeUs, parts.memoryUs)) return "launch";
  return workLimiterOf(parts);
}

function workLimiterOf(parts: TimeParts): WorkLimiter {
  if (parts.memoryUs >= parts.computeUs) return "memory";
  return parts.computeUs - parts.balancedUs >= 0.2 * parts.computeUs ? "tail" : "compute";
}
