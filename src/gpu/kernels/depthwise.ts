/** Depthwise convolution: no GEMM in it, one thread an output, bound by memory and address arithmetic. */
import type { ConvWork } from "../../ops/types.ts";
import type { TimedKernel } from "../cost.ts";
import type { Device } from "../device.ts";
import type { Precision } from "../types.ts";
import type { PlanOptions } from "./index.ts";
import { planStream } from "./memory.ts";
import { product } from "./shape.ts";
import { bytesPerElement } from "./tiles.ts";

/** Instructions for each tap beside the multiply-accumulate: address, bounds, load. */
const INSTRUCTIONS_PER_TAP = 4;
const BANDWIDTH_SHARE = 0.7;

export function planDepthwise(
  work: ConvWork,
  device: Device,
  precision: Precision,
  options: PlanOptions,
): readonly TimedKernel[] {
  const bytes = bytesPerElement(precision);
  const outputs = work.batch * work.outChannels * product(work.output);
  const inputs = work.batch * work.inChannels * product(work.input);
  const taps = product(work.kernel);
  const flops = 2 * outputs * taps;
  const kernel = planStream(
    {
      name: `depthwise_${work.kernel.join("x")}`,
      algorithm: "depthwise",
      readBytes: bytes * (inputs + work.outChannels * taps) + (options.epilogueBytes ?? 0),
      writtenBytes: bytes * outputs,
      threads: outputs,
      block: 256,
      flops: flops * INSTRUCTIONS_PER_TAP,
      efficiency: BANDWIDTH_SHARE,
    },
    device,
  );
  return [{ ...kernel, plan: { ...kernel.plan, flops: flops + (options.epilogueFlops ?? 0) } }];
}
