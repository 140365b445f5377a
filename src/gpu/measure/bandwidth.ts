/** DRAM bandwidth: copy and triad over ever larger buffers, until caches cannot hold them. */
import { OutOfGpuMemory } from "./errors.ts";
import type { Quantity } from "./findings.ts";
import { copy, triad } from "./kernels/index.ts";
import { type Pace, type Recorder, roundsFor } from "./recorder.ts";
import type { MeasureLimits, Measurement } from "./types.ts";

const SMALLEST = 1 << 20;

export interface BandwidthOptions {
  readonly limits: MeasureLimits;
  readonly pace: Pace;
  /** Of one buffer. */
  readonly largestBytes: number;
}

export interface Bandwidth {
  readonly gbs: Quantity;
  readonly footprintBytes: number;
}

/** @throws OutOfGpuMemory where not even the smallest buffers fit */
export async function measureBandwidth(
  recorder: Recorder,
  { limits, pace, largestBytes }: BandwidthOptions,
): Promise<Bandwidth> {
  const most = Math.min(largestBytes, limits.maxBufferBytes);
  let at: Measurement[] = [];
  for (let bytes = SMALLEST; bytes <= most; bytes *= 4) {
    try {
      const us = await recorder.probe(copy(bytes), 1);
      const rounds = roundsFor(pace, 2.5 * us);
      at = await recorder.run([copy(bytes), triad(bytes)], rounds);
      // A slow device: the next size would take longer than the whole budget.
      if (us * 4 * 2.5 * pace.fewestRounds > pace.budgetUs) break;
    } catch (error) {
      if (!(error instanceof OutOfGpuMemory) || at.length === 0) throw error;
      break;
    }
  }
  const best = at.reduce((a, b) => (a.bytes / a.medianUs >= b.bytes / b.medianUs ? a : b));
  const gbs = (us: number) => best.bytes / us / 1e3;
  return {
    gbs: { value: gbs(best.medianUs), q1: gbs(best.q3Us), q3: gbs(best.q1Us), n: best.n },
    footprintBytes: best.bytes,
  };
}
