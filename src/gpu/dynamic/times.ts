/** Sums over the launches of a region: both clocks, work without launches, waves. */
import { effectiveRounds, partsUs, type TimedKernel } from "../cost.ts";
import type { Device } from "../device.ts";
import type { Launch } from "../lower.ts";
import type { Timeline } from "../timeline.ts";
import type { PartLaunch, RegionLaunches } from "./plan.ts";
import { runSegments } from "./segments.ts";
import type { DynamicTarget } from "./target.ts";
import { PARTS, type Part } from "./types.ts";

export type WorkUs = Readonly<Record<Part, number>>;

export interface Latencies extends Timeline {
  /** If a part-filled round of thread blocks took as long as a full one. */
  readonly quantisedUs: number;
  /** If thread blocks spread over the SMs without remainder. */
  readonly smoothUs: number;
}

/** The same launches on three staircases, so that smooth <= the engine's <= quantised. */
export function latencies(
  segments: readonly (readonly Launch[])[],
  target: DynamicTarget,
): Latencies {
  const latencyUs = (computeUs: (kernel: TimedKernel) => number): number => {
    const charged = segments.map((launches) =>
      launches.map((launch) => ({
        ...launch,
        kernels: launch.kernels.map((kernel) => ({
          ...kernel,
          timeUs:
            partsUs({ ...kernel.parts, computeUs: computeUs(kernel) }) * (kernel.correction ?? 1),
        })),
      })),
    );
    return runSegments(charged, target).latencyUs;
  };
  return {
    ...runSegments(segments, target),
    quantisedUs: latencyUs((kernel) => wholeRoundsUs(kernel, target.device)),
    smoothUs: latencyUs((kernel) => kernel.parts.balancedUs),
  };
}

/** Compute time with every round of a tiled kernel charged whole: as with `stairHardness` 1. */
function wholeRoundsUs({ plan, blocks, parts }: TimedKernel, device: Device): number {
  if (plan.tile === null) return parts.computeUs;
  return (parts.computeUs * Math.ceil(blocks / device.smCount)) / effectiveRounds(blocks, device);
}

/** Time of a kernel without its launch. */
export function kernelWorkUs(kernel: TimedKernel): number {
  return kernel.timeUs - kernel.parts.launchUs * (kernel.correction ?? 1);
}

export function workUs(segments: RegionLaunches): WorkUs {
  const work = Object.fromEntries(PARTS.map((part) => [part, 0])) as Record<Part, number>;
  for (const { part, kernels } of segments.flat())
    for (const kernel of kernels) work[part] += kernelWorkUs(kernel);
  return work;
}

/** Waves of thread blocks of the convolutions' kernels, the ones with tiles. */
export function convWaves(segments: readonly (readonly PartLaunch[])[]): number {
  let waves = 0;
  for (const { part, kernels } of segments.flat())
    if (part === "conv")
      for (const kernel of kernels) if (kernel.plan.tile !== null) waves += kernel.waves;
  return waves;
}
