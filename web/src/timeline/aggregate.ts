/** What stands in a selected stretch of time: kernels, waves and time by limiter. */
import { LIMITERS, type Limiter } from "../../../src/gpu/types.ts";
import { endUs, kernelsWithin, type TimelineModel } from "./model.ts";

export interface Aggregate {
  readonly fromUs: number;
  readonly toUs: number;
  /** Kernels that run in it, if only in part. */
  readonly kernels: number;
  /** Their time in it, microseconds, and as a share of the time of all kernels. */
  readonly busyUs: number;
  readonly share: number;
  /** Of kernels that are cut, the share that lies inside. */
  readonly waves: number;
  readonly flops: number;
  readonly dramBytes: number;
  /** Blocks over the slots of all waves, weighted by time; NaN where nothing runs. */
  readonly smUtilization: number;
  /** Largest first; none that take no time. */
  readonly limiters: readonly { readonly limiter: Limiter; readonly us: number }[];
}

export function aggregate(
  { kernels }: Pick<TimelineModel, "kernels">,
  fromUs: number,
  toUs: number,
): Aggregate {
  const [first, end] = kernelsWithin(kernels, fromUs, toUs);
  const byLimiter = new Map<Limiter, number>();
  let busyUs = 0;
  let waves = 0;
  let flops = 0;
  let dramBytes = 0;
  let filled = 0;
  for (let i = first; i < end; i++) {
    const scheduled = kernels[i]!;
    const { kernel } = scheduled;
    const us = Math.min(endUs(scheduled), toUs) - Math.max(scheduled.startUs, fromUs);
    const inside = us / kernel.timeUs;
    busyUs += us;
    waves += inside * kernel.waves;
    flops += inside * kernel.flops;
    dramBytes += inside * kernel.dramBytes;
    filled += us * kernel.smUtilization;
    byLimiter.set(kernel.limiter, (byLimiter.get(kernel.limiter) ?? 0) + us);
  }
  let all = 0;
  for (const { kernel } of kernels) all += kernel.timeUs;
  return {
    fromUs,
    toUs,
    kernels: end - first,
    busyUs,
    share: all === 0 ? 0 : busyUs / all,
    waves,
    flops,
    dramBytes,
    smUtilization: filled / busyUs,
    limiters: LIMITERS.map((limiter) => ({ limiter, us: byLimiter.get(limiter) ?? 0 }))
      .filter(({ us }) => us > 0)
      .sort((a, b) => b.us - a.us),
  };
}
