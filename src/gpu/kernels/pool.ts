/**
 * Pooling windows, one thread an output: index arithmetic and not memory limits them.
 *
 * PyTorch's pooling kernels split a flat index by four integer divisions and walk the window with
 * bounds that are known at run time only, so that nothing is unrolled. The instruction counts are
 * those of such code; with them the 3x3 average poolings of NAS-Bench-201 come out within 10 % on
 * four boards (at 2.3 to 4 times what their bytes would take).
 */
import type { Work } from "../../ops/types.ts";
import { type TimedKernel, timed } from "../cost.ts";
import type { Device } from "../device.ts";

/** Splitting the index, clamping the window, dividing, storing. */
const INSTRUCTIONS_PER_OUTPUT = 120;
/** Loop, address, load, accumulate. */
const INSTRUCTIONS_PER_TAP = 15;
/** Neighbouring windows overlap, and edges are partial lines. */
const BANDWIDTH_EFFICIENCY = 0.8;
const BLOCK = 256;
const REGISTERS = 32;
/** Integer lanes of an SM since Volta, whatever its FP32 lanes. */
const INTEGER_LANES = 64;
/** Before Volta a 32-bit integer multiply-add is three 16-bit ones, and shares the FP32 lanes. */
const SLOW_INTEGER = 2.3;

/** @param bytes read and written */
export function planPool(
  work: Extract<Work, { kind: "pool" }>,
  bytes: number,
  device: Device,
): TimedKernel {
  const outputs = work.outputElements;
  const blocks = Math.max(1, Math.ceil(outputs / BLOCK));
  const instructions = outputs * (INSTRUCTIONS_PER_OUTPUT + INSTRUCTIONS_PER_TAP * work.window);
  const busySms = Math.min(blocks, device.smCount);
  const computeUs = instructions / (integerLanes(device) * busySms * device.boostMhz);
  const p = device.parameters;
  const memoryUs = bytes / (device.dramBytesPerUs * p.dramEfficiency * BANDWIDTH_EFFICIENCY);
  return timed(
    {
      name: "pool",
      algorithm: "pool",
      tile: null,
      splitK: 1,
      grid: [blocks, 1, 1],
      block: BLOCK,
      registersPerThread: REGISTERS,
      sharedBytesPerBlock: 0,
      flops: outputs * work.window,
      dramBytes: bytes,
    },
    { launchUs: p.launchUs, computeUs, balancedUs: computeUs, memoryUs },
    device,
  );
}

function integerLanes(device: Device): number {
  const slow = device.architecture === "maxwell" || device.architecture === "pascal";
  return slow ? device.lanesPerSm / SLOW_INTEGER : Math.min(INTEGER_LANES, device.lanesPerSm);
}
