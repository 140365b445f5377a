/** Sums over the launches of a region: both clocks, work without launches, waves. */
import type { TimedKernel } from "../cost.ts";
import type { Launch } from "../lower.ts";
import type { Timeline } from "../timeline.ts";
import type { PartLaunch, RegionLaunches } from "./plan.ts";
import { runSegments } from "./segments.ts";
import type { DynamicTarget } from "./target.ts";
import { PARTS, type Part } from "./types.ts";

export type WorkUs = Readonly<Record<Part, number>>;

export function latencies(
  segments: readonly (readonly Launch[])[],
  target: DynamicTarget,
): Timeline & { readonly smoothUs: number } {
  const smooth = segments.map((launches) =>
    launches.map((launch) => ({ ...launch, kernels: launch.kernels.map(withoutRounding) })),
  );
  return {
    ...runSegments(segments, target),
    smoothUs: runSegments(smooth, target).latencyUs,
  };
}

/** As if its blocks spread over the SMs without remainder. */
function withoutRounding(kernel: TimedKernel): TimedKernel {
  const { launchUs, balancedUs, memoryUs } = kernel.parts;
  const timeUs = (launchUs + Math.max(balancedUs, memoryUs)) * (kernel.correction ?? 1);
  return { ...kernel, timeUs };
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
