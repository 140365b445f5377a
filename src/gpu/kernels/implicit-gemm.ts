/** Implicit-GEMM convolution: the im2col matrix is never stored. Any kernel, stride, dilation, group. */
import type { ConvWork } from "../../ops/types.ts";
import type { TimedKernel } from "../cost.ts";
import type { Device } from "../device.ts";
import type { Precision } from "../types.ts";
import { planContraction } from "./contraction.ts";
import type { PlanOptions } from "./index.ts";
import { mainLoop } from "./main-loop.ts";
import { lowerConv } from "./shape.ts";
import { bytesPerElement, tensorTiles, tilesFor } from "./tiles.ts";

/** Channels are padded to vectors of 16 bytes in NHWC tensor-core kernels. */
const VECTOR_BYTES = 16;

/** grid: ceil(N P Q / a) x ceil(K / b) x groups. */
export function planImplicitGemm(
  work: ConvWork,
  device: Device,
  precision: Precision,
  options: PlanOptions,
): readonly TimedKernel[] {
  const bytes = bytesPerElement(precision);
  const channels = [work.inChannels / work.groups, work.outChannels / work.groups] as const;
  const loop = mainLoop("conv", precision, device, channels);
  const lowered = lowerConv(work, loop.tensor ? VECTOR_BYTES / bytes : 1);
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
      maxSplit: loop.tensor && lowered.groups === 1 ? 8 : 1,
      // cuDNN computes a table of offsets first.
      extraLaunches: 1,
    },
    loop.tensor ? tensorTiles(device, precision) : tilesFor("implicit", device),
    device,
    options.choice,
  );
  return [kernel];
}
