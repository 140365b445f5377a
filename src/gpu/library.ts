/**
 * What the library takes when nobody lets it measure. PyTorch asks cuDNN for a guess unless
 * `torch.backends.cudnn.benchmark` is set, and the guess is not always the fastest.
 */
import type { Work } from "../ops/types.ts";
import type { Device } from "./device.ts";
import { isWinogradShape } from "./kernels/conv.ts";
import type { LaunchChoice } from "./kernels/index.ts";
import type { Precision } from "./types.ts";

/** Fewer input channels than this are an image or nearly one: no transform pays. */
const FEATURE_CHANNELS = 16;

/**
 * An inference, not a documented rule: on Volta and Turing cuDNN 7 seems to guess non-fused Winograd
 * for 3x3 convolutions in FP32. Two observations speak for it. PyTorch issue 13412 reports twice the
 * memory for such layers on those boards that they take on Pascal; and in NAS-Bench-201's latencies,
 * at batch 256, a 3x3 edge takes 5.8 ms on the 2080 Ti and 3.8 ms on the older 1080 Ti, which no
 * choice of the fastest algorithm explains. Newer libraries may guess otherwise.
 */
export function untunedChoice(
  work: Work,
  device: Device,
  precision: Precision,
): LaunchChoice | undefined {
  if (!hasUntunedChoices(device, precision) || work.kind !== "conv") return undefined;
  if (work.deformable || work.inChannels < FEATURE_CHANNELS || !isWinogradShape(work))
    return undefined;
  return { algorithm: "winograd-nonfused" };
}

/** Whether the guess is known to differ from the fastest for some shapes. */
export function hasUntunedChoices(device: Device, precision: Precision): boolean {
  const { architecture } = device;
  return precision === "fp32" && (architecture === "volta" || architecture === "turing");
}
