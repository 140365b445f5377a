/**
 * Depthwise convolution: no GEMM in it, one thread an output, bound by memory or by index arithmetic.
 *
 * PyTorch's own kernel splits a flat index by four integer divisions and tests each tap against the
 * borders. The counts are of such code, chosen on the blocks of HELP's FBNet table that a GPU limits
 * (batch 64, 32 x 32): 5 x 5 taps instead of 3 x 3 add 10 to 11 instructions a tap on Pascal and on
 * Turing alike, once Pascal's slow integer multiplication is counted.
 */
import type { ConvWork } from "../../ops/types.ts";
import type { TimedKernel } from "../cost.ts";
import type { Device } from "../device.ts";
import { bytesPerElement } from "../precision.ts";
import type { Precision } from "../types.ts";
import type { PlanOptions } from "./index.ts";
import { planStream } from "./memory.ts";
import { product } from "./shape.ts";

/** Splitting the index, the window's corner, storing. */
const INSTRUCTIONS_PER_OUTPUT = 100;
/** Address, bounds, load, multiply-accumulate. */
const INSTRUCTIONS_PER_TAP = 10;
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
  // In halves PyTorch hands depthwise layers to cuDNN, whose kernels have the shape as constants.
  const tuned = bytes === 2 && device.tensor[precision];
  const instructions = tuned ? 0 : INSTRUCTIONS_PER_OUTPUT + INSTRUCTIONS_PER_TAP * taps;
  const kernel = planStream(
    {
      name: `depthwise_${work.kernel.join("x")}`,
      algorithm: "depthwise",
      readBytes: bytes * (inputs + work.outChannels * taps) + (options.epilogueBytes ?? 0),
      writtenBytes: bytes * outputs,
      threads: outputs,
      block: 256,
      flops,
      integerInstructions: outputs * instructions,
      efficiency: BANDWIDTH_SHARE,
    },
    device,
  );
  return [{ ...kernel, plan: { ...kernel.plan, flops: flops + (options.epilogueFlops ?? 0) } }];
}
