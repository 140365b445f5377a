/** Of one kernel: percent of peak, and the advice that holds for it alone. */
import type { Device } from "../../../../src/gpu/device.ts";
import type { Kernel, Prediction } from "../../../../src/gpu/types.ts";
import { type Advice, advise } from "../../../../src/report/advice.ts";
import { roofFlopsPerUs } from "../../../../src/report/kernels.ts";

export interface OfPeak {
  /** Arithmetic over what the units that it runs on can do in its time, [0, 1]. */
  readonly compute: number;
  /** DRAM traffic over the bandwidth, same time. */
  readonly dram: number;
}

export function ofPeak(k: Kernel, device: Device, precision: Prediction["precision"]): OfPeak {
  return {
    compute: k.flops / (roofFlopsPerUs(k, device, precision) * k.timeUs),
    dram: k.dramBytes / (device.dramBytesPerUs * k.timeUs),
  };
}

/** The rules for a network, asked of equal kernels as if they were all of it. */
export function adviceOn(
  kernels: readonly Kernel[],
  prediction: Prediction,
  device: Device,
): readonly Advice[] {
  const ms = kernels.reduce((sum, k) => sum + k.timeUs, 0) / 1e3;
  return advise({ ...prediction, kernels, latencyMs: ms, gpuMs: ms, hostMs: 0 }, device);
}

/** Time in which the mean SM waits for the busiest one, as a share of the kernel's. */
export function idleShare({ blocks }: Pick<Kernel, "blocks">, smCount: number): number {
  return 1 - blocks / (Math.ceil(blocks / smCount) * smCount);
}
