/** A recorded profile as the core model sees it: waves, tail, occupancy and limiter of each kernel. */
import { median, sum } from "../../base/stats.ts";
import type { Device } from "../device.ts";
import { type OccupancyLimit, occupancy, WARP } from "../occupancy.ts";
import { waves } from "../waves.ts";
import { type Board, type Contradiction, residentByLimits, resolveBoard } from "./board.ts";
import { type DeviceTimeline, findGaps } from "./gaps.ts";
import type { ProfileFormat, ReadProfile } from "./reader.ts";
import { type Dim3, type LaunchGroup, meanReported, type Skip } from "./recording.ts";

/**
 * As of a prediction (`Limiter`), and two more. `latency`: neither arithmetic nor memory reaches 60 %
 * of its peak, Nsight Compute's own bound. `unknown`: the profile has no throughputs to tell.
 */
export const MEASURED_LIMITERS = [
  "launch",
  "tail",
  "memory",
  "compute",
  "latency",
  "unknown",
] as const;
export type MeasuredLimiter = (typeof MEASURED_LIMITERS)[number];

/** Launches of one kernel with one configuration. Microseconds; shares in [0, 1]. */
export interface MeasuredKernel {
  readonly name: string;
  readonly device: number;
  readonly count: number;
  readonly grid: Dim3;
  readonly block: Dim3;
  readonly blocks: number;
  readonly registersPerThread: number | undefined;
  readonly sharedBytesPerBlock: number | undefined;
  /** Resident blocks of an SM; undefined where the profile does not tell enough. */
  readonly blocksPerSm: number | undefined;
  readonly occupancyLimit: OccupancyLimit | undefined;
  /** Resident warps over the maximum: as the configuration allows, and as measured. */
  readonly theoreticalOccupancy: number | undefined;
  readonly achievedOccupancy: number | undefined;
  readonly waves: number | undefined;
  readonly tailFill: number | undefined;
  readonly smUtilization: number | undefined;
  /** Of all launches together. */
  readonly timeUs: number;
  readonly medianUs: number;
  readonly minUs: number;
  readonly maxUs: number;
  /** Of the time of all kernels. */
  readonly share: number;
  /** At most so much of `timeUs` is lost to SMs that ran out of blocks. */
  readonly tailLossUs: number | undefined;
  /** Idle time of the GPU before a launch, median; undefined without a timeline. */
  readonly idleBeforeUs: number | undefined;
  readonly computeThroughput: number | undefined;
  readonly memoryThroughput: number | undefined;
  readonly dramThroughput: number | undefined;
  readonly limiter: MeasuredLimiter;
}

export interface MeasuredProfile {
  readonly format: ProfileFormat;
  readonly truncated: boolean;
  readonly boards: readonly Board[];
  readonly contradictions: readonly Contradiction[];
  readonly launches: number;
  /** Sum of the kernels' times. */
  readonly kernelUs: number;
  readonly copies: number;
  readonly copiesUs: number;
  /** Empty where the profile has none: Nsight Compute runs kernels one by one. */
  readonly timelines: readonly DeviceTimeline[];
  readonly tailLossUs: number;
  /** Longest first. */
  readonly kernels: readonly MeasuredKernel[];
  readonly skipped: readonly Skip[];
  readonly notes: readonly string[];
}

/** Below this share of their peaks, neither arithmetic nor memory is what limits. */
const BUSY = 0.6;

/** At least this share of the time idle is a tail, as in the cost model. */
const TAIL = 0.2;

/** @param device what the user says the GPU is; else the profile's own description */
export function measuredProfile(profile: ReadProfile, device?: Device): MeasuredProfile {
  const { recording } = profile;
  const indices = [...new Set(recording.groups.map((g) => g.first.device))].sort((a, b) => a - b);
  const resolved = indices.map((index) =>
    resolveBoard(
      index,
      recording.boards.get(index),
      recording.groups.filter((g) => g.first.device === index),
      device,
    ),
  );
  const boards = new Map(resolved.map(({ board }) => [board.index, board]));
  const gaps = findGaps(recording);
  const kernelUs = recording.groups.reduce((s, g) => s + sum(g.timesUs), 0);
  const kernels = recording.groups.map((group, i) =>
    measuredKernel(group, boards.get(group.first.device)!, gaps.idleBeforeUs[i]!, kernelUs),
  );
  const order = kernels.map((_, i) => i).sort((a, b) => kernels[b]!.timeUs - kernels[a]!.timeUs);
  return {
    format: profile.format,
    truncated: profile.truncated,
    boards: [...boards.values()],
    contradictions: distinct(resolved.flatMap((r) => r.contradictions)),
    launches: kernels.reduce((n, k) => n + k.count, 0),
    kernelUs,
    copies: recording.copies,
    copiesUs: recording.copiesUs,
    timelines: gaps.devices,
    tailLossUs: kernels.reduce((s, k) => s + (k.tailLossUs ?? 0), 0),
    kernels: order.map((i) => kernels[i]!),
    skipped: recording.skips,
    notes: [
      ...notes(profile, recording.groups, kernels, boards),
      ...gaps.devices
        .filter((t) => t.breaks > 0)
        .map(
          (t) =>
            `GPU ${t.device}: ${t.breaks} gaps of more than an hour between kernels are not in the span: another session, or a start time that is wrong`,
        ),
    ],
  };
}

function measuredKernel(
  group: LaunchGroup,
  board: Board,
  idleBefore: readonly number[],
  totalUs: number,
): MeasuredKernel {
  const { first, timesUs } = group;
  const blocks = first.grid[0] * first.grid[1] * first.grid[2];
  const timeUs = sum(timesUs);
  const medianUs = median(timesUs);
  const idleBeforeUs = idleBefore.length === 0 ? undefined : median(idleBefore);
  const resident = residency(group, board);
  const { smCount } = board;
  const imbalance = smCount === undefined ? undefined : idleShare(blocks, smCount);
  const placed =
    smCount === undefined || resident === undefined
      ? undefined
      : waves(blocks, smCount * resident.blocksPerSm);
  const computeThroughput = meanReported(group, "computeThroughput");
  const memoryThroughput = meanReported(group, "memoryThroughput");
  const limiter = limiterOf({
    medianUs,
    idleBeforeUs,
    imbalance,
    computeThroughput,
    memoryThroughput,
  });
  // Memory is shared: blocks that end early leave their bandwidth to the others.
  const spared = limiter === "memory" || limiter === "launch";
  return {
    name: first.name,
    device: first.device,
    count: timesUs.length,
    grid: first.grid,
    block: first.block,
    blocks,
    registersPerThread: first.registersPerThread,
    sharedBytesPerBlock: first.sharedBytesPerBlock,
    blocksPerSm: resident?.blocksPerSm,
    occupancyLimit: resident?.limit,
    theoreticalOccupancy: resident?.fraction,
    achievedOccupancy: meanReported(group, "achievedOccupancy"),
    waves: placed?.waves,
    tailFill: placed?.tailFill,
    smUtilization: placed?.smUtilization,
    timeUs,
    medianUs,
    minUs: timesUs.reduce((a, b) => Math.min(a, b)),
    maxUs: timesUs.reduce((a, b) => Math.max(a, b)),
    share: timeUs / totalUs,
    tailLossUs: imbalance === undefined ? undefined : spared ? 0 : timeUs * imbalance,
    idleBeforeUs,
    computeThroughput,
    memoryThroughput,
    dramThroughput: meanReported(group, "dramThroughput"),
    limiter,
  };
}

/** Mean idle share of the SMs while the busiest works: 1 - (B / n) / ceil(B / n). */
function idleShare(blocks: number, smCount: number): number {
  return 1 - blocks / (Math.ceil(blocks / smCount) * smCount);
}

interface Residency {
  readonly blocksPerSm: number;
  readonly fraction: number | undefined;
  readonly limit: OccupancyLimit | undefined;
}

/** The profiler's own limits know the split between cache and shared memory; else the calculation. */
function residency(group: LaunchGroup, board: Board): Residency | undefined {
  const { first } = group;
  const threads = first.block[0] * first.block[1] * first.block[2];
  const told = residentByLimits(first.reported.blockLimits);
  if (told !== undefined) {
    const limits = first.reported.blockLimits!;
    const name = (Object.keys(limits) as OccupancyLimit[]).find((key) => limits[key] === told);
    const most = board.limits?.maxWarpsPerSm;
    return {
      blocksPerSm: told,
      fraction: most === undefined ? undefined : (told * Math.ceil(threads / WARP)) / most,
      limit: name,
    };
  }
  const { registersPerThread, sharedBytesPerBlock: sharedBytes } = first;
  if (board.limits === undefined || registersPerThread === undefined || sharedBytes === undefined)
    return undefined;
  const fits = occupancy({ threads, registersPerThread, sharedBytes }, board.limits);
  // It did run: a block that does not fit says that the board is another one.
  if (fits.blocksPerSm === 0) return undefined;
  return { blocksPerSm: fits.blocksPerSm, fraction: fits.fraction, limit: fits.limitedBy };
}

function limiterOf(k: {
  readonly medianUs: number;
  readonly idleBeforeUs: number | undefined;
  readonly imbalance: number | undefined;
  readonly computeThroughput: number | undefined;
  readonly memoryThroughput: number | undefined;
}): MeasuredLimiter {
  if ((k.idleBeforeUs ?? 0) > k.medianUs) return "launch";
  const { computeThroughput: compute, memoryThroughput: memory } = k;
  if (memory !== undefined && memory >= BUSY && memory >= (compute ?? 0)) return "memory";
  if ((k.imbalance ?? 0) >= TAIL) return "tail";
  if (compute === undefined || memory === undefined) return "unknown";
  return compute >= BUSY ? "compute" : "latency";
}

function notes(
  profile: ReadProfile,
  groups: readonly LaunchGroup[],
  kernels: readonly MeasuredKernel[],
  boards: ReadonlyMap<number, Board>,
): string[] {
  const out: string[] = [];
  const launches = (own: readonly MeasuredKernel[]) => own.reduce((n, k) => n + k.count, 0);
  const unplaced = kernels.filter((k) => k.waves === undefined);
  if (unplaced.length > 0)
    out.push(
      `waves of ${launches(unplaced)} launches are not known: ${whyUnplaced(profile, [...boards.values()])}`,
    );
  const differing = groups.filter((g, i) => occupancyDiffers(g, kernels[i]!, boards));
  if (differing.length > 0) {
    const { first } = differing[0]!;
    out.push(
      `the profiler's own occupancy estimate differs for ${differing.length} of ${groups.length} kernels, first ${first.name}: it may assume another split between cache and shared memory`,
    );
  }
  if (profile.format !== "kineto")
    out.push(
      "Nsight Compute runs kernels one by one, at its own clock: there is no timeline, and times are longer than in the program",
    );
  else if (kernels.some((k) => k.limiter === "unknown"))
    out.push(
      "a trace does not tell whether arithmetic or memory limits a kernel: `ncu --csv --page raw` does",
    );
  if (kernels.some((k) => (k.tailLossUs ?? 0) > 0))
    out.push(
      "tail loss is an upper bound: blocks that share an SM even a part of it out, and kernels that divide their work otherwise (persistent, Stream-K) have less",
    );
  return out;
}

function whyUnplaced(profile: ReadProfile, boards: readonly Board[]): string {
  const vague = boards.find((b) => b.smCount === undefined || b.limits === undefined);
  if (vague === undefined)
    return `registers or shared memory are missing, or a block does not fit on ${boards[0]!.name}`;
  const { index, name, computeCapability } = vague;
  const lanes = profile.recording.boards.get(index)?.warpSize ?? WARP;
  if (lanes !== WARP)
    return `GPU ${index} (${name}) has warps of ${lanes} threads, and occupancy is calculated for NVIDIA's ${WARP} only`;
  const capability =
    computeCapability === undefined ? "" : `, compute capability ${computeCapability}`;
  return `the profile does not tell the limits of GPU ${index} (${name}${capability}); name it with --device`;
}

/** By more than the rounding of the percentage that the profile holds. */
function occupancyDiffers(
  group: LaunchGroup,
  kernel: MeasuredKernel,
  boards: ReadonlyMap<number, Board>,
): boolean {
  const told = group.first.reported.estimatedOccupancy;
  const board = boards.get(kernel.device)!;
  const most = board.limits?.maxWarpsPerSm;
  if (told === undefined || most === undefined || board.smCount === undefined) return false;
  if (kernel.blocksPerSm === undefined) return false;
  const threads = kernel.block[0] * kernel.block[1] * kernel.block[2];
  const resident = Math.min(kernel.blocksPerSm, kernel.blocks / board.smCount);
  return Math.abs((resident * threads) / (most * WARP) - told) > 0.015;
}

function distinct(all: readonly Contradiction[]): Contradiction[] {
  const seen = new Map(all.map((c) => [JSON.stringify(c), c]));
  return [...seen.values()];
}
