/** A prediction summed up: identical kernels together, time by limiter, percent of peak. */
import type { Device } from "../gpu/device.ts";
import {
  type Kernel,
  LIMITERS,
  type Limiter,
  type PaddedImages,
  type Prediction,
} from "../gpu/types.ts";

export const LIMITER_MEANING: Readonly<Record<Limiter, string>> = {
  compute: "arithmetic and its instructions take longest",
  memory: "waits for DRAM or L2",
  tail: "the last wave leaves SMs idle",
  launch: "getting it started takes longer than its work",
};

/** Kernels that differ only in the nodes they compute. */
export interface KernelGroup {
  readonly kernel: Kernel;
  /** Positions in the prediction's kernels. */
  readonly members: readonly number[];
  /** Of all members together, microseconds. */
  readonly timeUs: number;
  /** Of the GPU's time, [0, 1]. */
  readonly share: number;
}

/** In the order of first appearance. */
export function groupKernels(kernels: readonly Kernel[]): KernelGroup[] {
  const total = kernels.reduce((s, k) => s + k.timeUs, 0);
  const groups = new Map<string, number[]>();
  kernels.forEach((k, i) => {
    const { nodes: _, ...rest } = k;
    const key = JSON.stringify(rest);
    const members = groups.get(key);
    if (members) members.push(i);
    else groups.set(key, [i]);
  });
  return [...groups.values()].map((members) => {
    const kernel = kernels[members[0]!]!;
    const timeUs = members.reduce((s, i) => s + kernels[i]!.timeUs, 0);
    return { kernel, members, timeUs, share: total > 0 ? timeUs / total : 0 };
  });
}

export interface LimiterTotal {
  readonly limiter: Limiter;
  readonly kernels: number;
  readonly timeUs: number;
  readonly share: number;
}

/** All four, in the order of `LIMITERS` reversed: what is worth most to a user first. */
export function limiterTotals(kernels: readonly Kernel[]): LimiterTotal[] {
  const total = kernels.reduce((s, k) => s + k.timeUs, 0);
  return [...LIMITERS].reverse().map((limiter) => {
    const own = kernels.filter((k) => k.limiter === limiter);
    const timeUs = own.reduce((s, k) => s + k.timeUs, 0);
    return { limiter, kernels: own.length, timeUs, share: total > 0 ? timeUs / total : 0 };
  });
}

/** FLOPs that the device can do in a microsecond; undefined where it lacks the precision. */
export function peakFlopsPerUs(
  device: Device,
  precision: Prediction["precision"],
): number | undefined {
  const macs = device.macsPerClock[precision];
  if (macs === undefined) return undefined;
  // Rates of matrix units are per clock of their own boost; under load they slow with the chip.
  const mhz = device.tensor[precision]
    ? (device.tensorBoostMhz * device.clockMhz) / device.boostMhz
    : device.clockMhz;
  return 2 * macs * device.smCount * mhz;
}

/**
 * FLOPs that the units which this kernel runs on can do in a microsecond. Matrix units do products
 * in tiles named after their precision; depthwise layers, pooling, elementwise and Winograd kernels
 * run on the FP32 lanes, whatever the precision.
 */
export function roofFlopsPerUs(
  k: Pick<Kernel, "name" | "algorithm" | "tile">,
  device: Device,
  precision: Prediction["precision"],
): number {
  const lanes = 2 * device.lanesPerSm * device.smCount * device.clockMhz;
  const onLanes =
    k.tile === null ||
    k.algorithm.startsWith("winograd") ||
    (device.tensor[precision] && !k.name.startsWith(`${precision}_`));
  return onLanes ? lanes : (peakFlopsPerUs(device, precision) ?? lanes);
}

/** `12 of 16 images`, of a kernel that pads its batch. */
export const paddingText = ({ own, computed }: PaddedImages): string =>
  `${computed - own} of ${computed} images`;

/** `memory` for most; `launch (memory)` where only the launch is slower than that. */
export function limiterText({ limiter, workLimiter }: Kernel): string {
  return workLimiter === undefined ? limiter : `${limiter} (${workLimiter})`;
}

export interface SpeedOfLight {
  /** Arithmetic over what the units that each kernel runs on could have done in its time, [0, 1]. */
  readonly compute: number;
  /** The one peak of all that computes; undefined where kernels run on different units. */
  readonly peak: number | undefined;
  /** DRAM traffic over the bandwidth, same time. */
  readonly memory: number;
  /** Blocks over the slots of all waves, weighted by time. */
  readonly smUtilization: number;
  readonly flops: number;
  readonly dramBytes: number;
  /** FLOPs for each byte of DRAM traffic; and where compute and memory take the same time. */
  readonly intensity: number;
  readonly ridge: number | undefined;
}

export function speedOfLight(prediction: Prediction, device: Device): SpeedOfLight {
  let flops = 0;
  let dramBytes = 0;
  let us = 0;
  let filled = 0;
  let roofUs = 0;
  const roofs = new Set<number>();
  for (const k of prediction.kernels) {
    const roof = roofFlopsPerUs(k, device, prediction.precision);
    if (k.flops > 0) roofs.add(roof);
    roofUs += k.flops / roof;
    flops += k.flops;
    dramBytes += k.dramBytes;
    us += k.timeUs;
    filled += k.timeUs * k.smUtilization;
  }
  const peak = peakFlopsPerUs(device, prediction.precision);
  return {
    compute: roofUs / us,
    peak: roofs.size === 1 ? [...roofs][0] : undefined,
    memory: dramBytes / (device.dramBytesPerUs * us),
    smUtilization: filled / us,
    flops,
    dramBytes,
    intensity: flops / dramBytes,
    ridge: peak === undefined ? undefined : peak / device.dramBytesPerUs,
  };
}

/** The kernel's nodes on one line: the first, and how many more it computes. */
export function nodeText(nodes: readonly string[]): string {
  const [first = "", ...rest] = nodes;
  return rest.length === 0 ? first : `${first} +${rest.length}`;
}
