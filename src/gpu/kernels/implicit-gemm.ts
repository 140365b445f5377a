/** Implicit-GEMM convolution: the im2col matrix is never stored. Any kernel, stride, dilation, group. */
import type { ConvWork } from "../../ops/types.ts";
import type { TimedKernel } from "../cost.ts";
import type { Device } from "../device.ts";
import type { Precision } from "../types.ts";
import { planContraction } from "./contraction.ts";
import type { PlanOptions } from "./index.ts";
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
  const p = device.parameters;
  const tensor = device.tensor[precision];
  const lowered = lowerConv(work, tensor ? VECTOR_BYTES / bytesPerElement(precision) : 1);
  const kernel = planContraction(
    {
      algorithm: "implicit-gemm",
      batch: lowered.groups,
      extentA: lowered.pixels,
      extentB: lowered.filters,
      k: lowered.reduction,
      dramBytes: lowered.elements * bytesPerElement(precision) + (options.epilogueBytes ?? 0),
      flops: 2 * lowered.macs + (options.epilogueFlops ?? 0),
      efficiency: tensor
        ? p.tensorEfficiency * p.tensorConvEfficiency
        : precision === "int8"
          ? p.int8Efficiency
          : p.implicitEfficiency,
      overheadSteps: tensor ? p.tensorOverheadSteps : p.implicitOverheadSteps,
      maxSplit: 1,
      // cuDNN computes a table of offsets first.
      extraLaunches: 1,
    },
    tensor ? tensorTiles(device, precision) : tilesFor("implicit", device),
    device,
    precision,
    options.choice,
  );
  return [kernel];
}
