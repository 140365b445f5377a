/**
 * Pooling windows, one thread an output: index arithmetic and not memory limits them.
 *
 * PyTorch's pooling kernels split a flat index by four integer divisions and walk the window with
 * bounds that are known at run time only, so that nothing is unrolled. The instruction counts are
 * those of such code; with them the 3x3 average poolings of NAS-Bench-201 come out within 10 % on
 * four boards (at 2.3 to 4 times what their bytes would take).
 */
import type { Work } from "../../ops/types.ts";
import type { TimedKernel } from "../cost.ts";
import type { Device } from "../device.ts";
import { planStream } from "./memory.ts";

/** Splitting the index, clamping the window, dividing, storing. */
const INSTRUCTIONS_PER_OUTPUT = 120;
/** Loop, address, load, accumulate. */
const INSTRUCTIONS_PER_TAP = 15;
/** Neighbouring windows overlap, and edges are partial lines. */
const BANDWIDTH_EFFICIENCY = 0.8;

export function planPool(
  work: Extract<Work, { kind: "pool" }>,
  readBytes: number,
  writtenBytes: number,
  device: Device,
): TimedKernel {
  const outputs = work.outputElements;
  return planStream(
    {
      name: "pool",
      algorithm: "pool",
      readBytes,
      writtenBytes,
      threads: outputs,
      flops: outputs * work.window,
      efficiency: BANDWIDTH_EFFICIENCY,
      integerInstructions: outputs * (INSTRUCTIONS_PER_OUTPUT + INSTRUCTIONS_PER_TAP * work.window),
      block: 256,
    },
    device,
  );
}
