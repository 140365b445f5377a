/** Convolutions: the fastest of the algorithms that the library has for this shape. */
import { UserError } from "../../base/errors.ts";
import type { ConvWork } from "../../ops/types.ts";
import type { TimedKernel } from "../cost.ts";
import type { Device } from "../device.ts";
import type { Precision } from "../types.ts";
import { planDeformable } from "./deformable.ts";
import { planDepthwise } from "./depthwise.ts";
import { planImplicitGemm } from "./implicit-gemm.ts";
import type { PlanOptions } from "./index.ts";
import { planWinogradFused } from "./winograd-fused.ts";
import { planWinogradNonfused } from "./winograd-nonfused.ts";

export function planConv(
  work: ConvWork,
  device: Device,
  precision: Precision,
  options: PlanOptions,
): readonly TimedKernel[] {
  if (work.deformable) return planDeformable(work, device, precision, options);
  if (work.groups > 1 && work.groups === work.inChannels) {
    return planDepthwise(work, device, precision, options);
  }
  const wanted = options.choice?.algorithm;
  const candidates: (readonly TimedKernel[])[] = [];
  const consider = (algorithm: string, plan: () => readonly TimedKernel[]): void => {
    if (wanted === undefined || wanted === algorithm) candidates.push(plan());
  };
  // Winograd kernels are cuDNN's; of other vendors' libraries nothing is assumed but a GEMM.
  if (computesInFp32(device, precision) && device.vendor === "nvidia" && isWinogradShape(work)) {
    consider("winograd-fused", () => planWinogradFused(work, device, options));
    consider("winograd-nonfused", () => planWinogradNonfused(work, device, options));
  }
  consider("implicit-gemm", () => planImplicitGemm(work, device, precision, options));
  if (candidates.length === 0) {
    throw new UserError(`${wanted} cannot compute this convolution in ${precision}`, {
      hint: "use implicit-gemm, or leave the algorithm to the model",
    });
  }
  return fastest(candidates);
}

/**
 * FP32, and halves on boards without fast half arithmetic (Pascal but P100, Maxwell): stored as
 * halves, computed as FP32 by the same algorithms. Their smaller traffic is not credited.
 */
function computesInFp32(device: Device, precision: Precision): boolean {
  if (precision === "fp32") return true;
  return (
    precision === "fp16" && !device.tensor.fp16 && device.macsPerClock.fp16 === device.lanesPerSm
  );
}

/** 3 x 3, stride 1, no dilation, dense, two-dimensional. */
export function isWinogradShape(work: ConvWork): boolean {
  return (
    !work.transposed &&
    work.groups === 1 &&
    work.kernel.length === 2 &&
    work.kernel.every((k) => k === 3) &&
    work.stride.every((s) => s === 1) &&
    work.dilation.every((d) => d === 1)
  );
}

export function totalUs(kernels: readonly TimedKernel[]): number {
  let us = 0;
  for (const kernel of kernels) us += kernel.timeUs;
  return us;
}

function fastest(candidates: readonly (readonly TimedKernel[])[]): readonly TimedKernel[] {
  let best = candidates[0]!;
  for (const candidate of candidates) if (totalUs(candidate) < totalUs(best)) best = candidate;
  return best;
}
