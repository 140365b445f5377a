/**
 * Deformable convolution as torchvision and MMCV run it: a gather of bilinear samples into columns,
 * then a GEMM. The gather reads four corners of every tap at positions that come from data, so a
 * 32-byte sector serves few of its bytes.
 */
import type { ConvWork } from "../../ops/types.ts";
import type { TimedKernel } from "../cost.ts";
import type { Device } from "../device.ts";
import { bytesPerElement } from "../precision.ts";
import type { Precision } from "../types.ts";
import { planMatMul } from "./gemm.ts";
import type { PlanOptions } from "./index.ts";
import { planStream } from "./memory.ts";
import { product } from "./shape.ts";

const GATHER_EFFICIENCY = 0.5;
/** Multiply-adds of one bilinear sample: four weights, four products, modulation. */
const FLOPS_PER_SAMPLE = 16;

export function planDeformable(
  work: ConvWork,
  device: Device,
  precision: Precision,
  options: PlanOptions,
): readonly TimedKernel[] {
  const bytes = bytesPerElement(precision);
  const taps = product(work.kernel);
  const pixels = work.batch * product(work.output);
  const columns = pixels * work.inChannels * taps;
  const inputs = work.batch * work.inChannels * product(work.input);
  const gather = planStream(
    {
      name: "deformable_im2col",
      algorithm: "deformable-gather",
      // Corners of neighbouring taps overlap; L2 serves what the footprint holds, offsets come once.
      readBytes: bytes * (inputs + 3 * pixels * taps) + bytes * columns,
      writtenBytes: bytes * columns,
      threads: pixels * work.inChannels,
      block: 512,
      flops: columns * FLOPS_PER_SAMPLE,
      efficiency: GATHER_EFFICIENCY,
    },
    device,
  );
  const gemm = planMatMul(
    {
      kind: "matmul",
      batch: work.groups,
      m: pixels,
      n: work.outChannels / work.groups,
      k: (work.inChannels / work.groups) * taps,
      weightB: work.groups === 1,
      bias: work.bias,
    },
    device,
    precision,
    options,
  );
  return [gather, ...gemm];
}
