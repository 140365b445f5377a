/** From one node's work to the kernels that a device launches for it, timed. */
import { UserError } from "../../base/errors.ts";
import type { Work } from "../../ops/types.ts";
import type { TimedKernel } from "../cost.ts";
import type { Device } from "../device.ts";
import type { Precision } from "../types.ts";
import { planConv } from "./conv.ts";
import { corrected } from "./correction.ts";
import { planMatMul } from "./gemm.ts";
import { planMemory } from "./memory-bound.ts";

export type { TimedKernel } from "../cost.ts";

/** A launch that is known, from a profile: what the model would otherwise choose. */
export interface LaunchChoice {
  readonly algorithm?: string;
  /** A tile's or variant's name. */
  readonly tile?: string;
  readonly splitK?: number;
}

export interface PlanOptions {
  readonly choice?: LaunchChoice;
  /** Bytes that fused followers read besides the kernel's own result (a residual). */
  readonly epilogueBytes?: number;
  /** A pointwise kernel that looks up operands by channel: normalization on its own. */
  readonly perChannel?: boolean;
  /** Tensors lie in memory as batch, height, width, channels; default: channels before positions. */
  readonly channelsLast?: boolean;
  /** Operations of fused followers. */
  readonly epilogueFlops?: number;
  /**
   * Elements that a memory-bound node reads and writes, where its work does not say (a pointwise
   * node with two full inputs reads twice its elements).
   */
  readonly traffic?: { readonly readElements: number; readonly writtenElements: number };
}

/**
 * The kernels of the algorithm that is fastest on `device`, in launch order; none for views and
 * gaps. Times are GPU times without gaps between launches.
 *
 * @throws UserError where the device has no arithmetic of this precision
 */
export function planKernels(
  work: Work,
  device: Device,
  precision: Precision,
  options: PlanOptions = {},
): readonly TimedKernel[] {
  requirePrecision(device, precision);
  switch (work.kind) {
    case "view":
    case "gap":
      return [];
    case "conv":
      return corrected(planConv(work, device, precision, options), work, device, precision);
    case "matmul":
      return corrected(planMatMul(work, device, precision, options), work, device, precision);
    case "pointwise":
    case "pool":
    case "reduce":
    case "copy":
      return planMemory(work, device, precision, options);
  }
}

export function requirePrecision(device: Device, precision: Precision): void {
  if (device.macsPerClock[precision] !== undefined) return;
  throw new UserError(`${device.id} has no ${precision} arithmetic`, {
    hint: `use one of ${Object.keys(device.macsPerClock).join(", ")}`,
    exitCode: 2,
  });
}
