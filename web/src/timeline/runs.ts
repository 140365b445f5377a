/**
 * Thousands of kernels on some hundred pixels: those that are narrower than one are drawn together,
 * in the colour of what takes most of their time.
 */
import { LIMITERS, type Limiter } from "../../../src/gpu/types.ts";
import { endUs, kernelsWithin, type TimelineModel } from "./model.ts";
import type { Window } from "./window.ts";

export interface Run {
  /** Kernels `first` to `last`, both included. */
  readonly first: number;
  readonly last: number;
  readonly fromUs: number;
  readonly toUs: number;
  readonly limiter: Limiter;
  /** Blocks over the slots of all waves, weighted by time. */
  readonly smUtilization: number;
}

/** @param usPerPixel kernels shorter than this share a run, gaps shorter than half of it close */
export function runsOf(
  { kernels }: Pick<TimelineModel, "kernels">,
  { fromUs, toUs }: Window,
  usPerPixel: number,
): Run[] {
  const [first, end] = kernelsWithin(kernels, fromUs, toUs);
  const runs: Run[] = [];
  let open: Open | undefined;
  const close = () => {
    if (open !== undefined) runs.push(closed(open));
    open = undefined;
  };
  for (let i = first; i < end; i++) {
    const scheduled = kernels[i]!;
    const { kernel, startUs } = scheduled;
    const long = kernel.timeUs >= usPerPixel;
    if (
      long ||
      (open !== undefined &&
        (startUs - open.toUs > usPerPixel / 2 || endUs(scheduled) - open.fromUs > 2 * usPerPixel))
    )
      close();
    open ??= { first: i, last: i, fromUs: startUs, toUs: startUs, by: new Map(), us: 0, filled: 0 };
    open.last = i;
    open.toUs = endUs(scheduled);
    open.us += kernel.timeUs;
    open.filled += kernel.timeUs * kernel.smUtilization;
    open.by.set(kernel.limiter, (open.by.get(kernel.limiter) ?? 0) + kernel.timeUs);
    if (long) close();
  }
  close();
  return runs;
}

interface Open {
  readonly first: number;
  last: number;
  readonly fromUs: number;
  toUs: number;
  readonly by: Map<Limiter, number>;
  us: number;
  filled: number;
}

function closed({ first, last, fromUs, toUs, by, us, filled }: Open): Run {
  let limiter: Limiter = LIMITERS[0];
  for (const [each, time] of by) if (time > (by.get(limiter) ?? 0)) limiter = each;
  return { first, last, fromUs, toUs, limiter, smUtilization: filled / us };
}
