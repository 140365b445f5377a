/** Implicit-GEMM convolution: the im2col matrix is never stored. Any kernel, stride, dilation, group. */
import type { ConvWork } from "../../ops/types.ts";
import type { TimedKernel } from "../cost.ts";
import type { Device } from "../device.ts";
import { bytesPerElement } from "../precision.ts";
import type { Precision } from "../types.ts";
import { planContraction } from "./contraction.ts";
import type { PlanOptions } from "./index.ts";
import { byteConvTiles, tensorTiles } from "./low-precision-tiles.ts";
import { isBeforeAmpere, mainLoop } from "./main-loop.ts";
import { lowerConv } from "./shape.ts";
import { tilesFor } from "./tiles.ts";

/** Channels are padded to vectors of 16 bytes in NHWC tensor-core kernels. */
const VECTOR_BYTES = 16;
/**
 * Before Ampere the main loop takes one tap of the filter at a time and whole stages of channels of
 * it, so that one channel costs as much as 32: DeepBench's 5 x 20 layer of one channel takes about 10 times
 * what its multiplications need, in FP16 on V100 and about as many in INT8 on Pascal.
 */
const STAGE_CHANNELS = 32;

/** grid: ceil(N P Q / a) x ceil(K / b) x groups. */
export function planImplicitGemm(
  work: ConvWork,
  device: Device,
  precision: Precision,
  options: PlanOptions,
): readonly TimedKernel[] {
  const bytes = bytesPerElement(precision);
  const loop = mainLoop("conv", precision, device, options.channelsLast);
  const older = isBeforeAmpere(device) && (loop.tensor || precision === "int8");
  const lowered = lowerConv(work, older ? STAGE_CHANNELS : loop.tensor ? VECTOR_BYTES / bytes : 1);
  const kernel = planContraction(
    {
      algorithm: "implicit-gemm",
      batch: lowered.groups,
      extentA: lowered.pixels,
      extentB: lowered.filters,
      k: lowered.reduction,
      aBytes: (bytes * lowered.inputs) / lowered.groups,
      bBytes: (bytes * lowered.weights) / lowered.groups,
      rowsAlongK: "none",
      otherBytes: bytes * lowered.outputs + (options.epilogueBytes ?? 0),
      flops: 2 * lowered.macs + (options.epilogueFlops ?? 0),
      loop,
      efficiency: 1,
      // Few output tiles and a long reduction: tensor-core kernels split it, cuDNN's FP32 ones do not.
      maxSplit: loop.tensor && lowered.groups === 1 ? mostSplit(device, precision) : 1,
      // cuDNN computes a table of offsets first.
      extraLaunches: 1,
    },
    older && precision === "int8"
      ? byteConvTiles(device)
      : loop.tensor
        ? tensorTiles(device, precision)
        : tilesFor("implicit", device),
    device,
    options.choice,
  );
  return [kernel];
}

/**
 * Largest split on matrix units. Before Ampere hardly any is seen: FP16 on T4 takes as long for
 * 832 x 5 x 5 steps as one unsplit 128 x 128 tile; half of that fits FP16 on V100 and INT8 on T4.
 */
function mostSplit(device: Device, precision: Precision): number {
  if (!isBeforeAmpere(device)) return 8;
  return precision === "fp16" && device.architecture === "turing" ? 1 : 2;
}
