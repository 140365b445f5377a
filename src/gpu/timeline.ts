/**
 * Two clocks. The host issues kernels one after another; the GPU runs each when it is issued and the
 * one before it has ended:
 *
 *   host += t_host;  gpu = max(gpu + gap, host) + t_kernel
 *
 * The network's latency is the later of both clocks at the end: a deep network of small kernels takes
 * what the host takes, a wide one what the GPU takes, and most are a mixture along the way.
 */
import type { HostFigures } from "./host.ts";
import type { Launch } from "./lower.ts";

/** Microseconds. */
export interface Timeline {
  readonly latencyUs: number;
  readonly gpuUs: number;
  readonly hostUs: number;
}

/**
 * @param onKernel called for each kernel with the time that the GPU stood idle before it, the time
 * at which it starts, and the time at which the host had issued it
 * @param hostScale of the launches' host times: a host that is slower by this factor
 */
export function runTimeline(
  launches: readonly Launch[],
  figures: HostFigures,
  onKernel?: (
    launch: Launch,
    index: number,
    idleUs: number,
    startUs: number,
    issuedUs: number,
  ) => void,
  hostScale = 1,
): Timeline {
  const { usPerLaunch, gapUs } = figures;
  let host = figures.usToStart;
  let gpu = 0;
  let busy = 0;
  for (const launch of launches) {
    host += hostScale * launch.hostUs;
    const { kernels } = launch;
    for (let i = 0; i < kernels.length; i++) {
      if (i > 0) host += usPerLaunch;
      const time = kernels[i]!.timeUs;
      const ready = gpu + gapUs;
      const start = Math.max(ready, host);
      onKernel?.(launch, i, start - gpu, start, host);
      gpu = start + time;
      busy += time;
    }
  }
  return {
    latencyUs: picoseconds(Math.max(gpu, host)),
    gpuUs: picoseconds(busy),
    hostUs: picoseconds(host),
  };
}

/**
 * To a picosecond: the same kernels in another order take the same time, and the last bits of a sum
 * must not decide which of two designs dominates.
 */
function picoseconds(us: number): number {
  return Math.round(us * 1e6) / 1e6;
}
