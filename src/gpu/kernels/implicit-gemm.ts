/** Implicit-GEMM convolution: the im2col matrix is never stored. Any kernel, stride, dilation, group. */
import type { ConvWork } from "../../ops/types.ts";
import type { TimedKernel } from "../cost.ts";
import type { Device } from "../device.ts";
import type { Precision } from "../types.ts";
import { fastestContraction } from "./contraction.ts";
import type { PlanOptions } from "./index.ts";
import { lowerConv } from "./shape.ts";
import { bytesPerElement, implicitTiles, tensorTiles } from "./tiles.ts";

/** grid: ceil(N P Q / a) x ceil(K / b) x groups. */
export function planImplicitGemm(
  work: ConvWork,
  device: Device,
  precision: Precision,
  options: PlanOptions,
): readonly TimedKernel[] {
  const lowered = lowerConv(work);
  const kernel = fastestContraction(
    {
      algorithm: "implicit-gemm",
      batch: lowered.groups,
      extentA: lowered.pixels,
      extentB: lowered.filters,
      k: lowered.reduction,
      dramBytes: lowered.elements * bytesPerElement(precision) + (options.epilogueBytes ?? 0),
      flops: 2 * lowered.macs + (options.epilogueFlops ?? 0),
      efficiency: device.parameters.implicitEfficiency,
      maxSplit: 1,
    },
    device.tensor[precision] ? tensorTiles(device, precision) : implicitTiles(),
    device,
    precision,
  );
  return [kernel];
}
