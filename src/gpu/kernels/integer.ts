/**
 * Index arithmetic. Kernels that split a flat index into batch, channel and position divide integers
 * for each element, and it is that and not memory that limits them on some boards.
 */
import type { Device } from "../device.ts";

/** Integer lanes of an SM since Volta, whatever its FP32 lanes. */
const INTEGER_LANES = 64;
/** Before Volta a 32-bit integer multiply-add is three 16-bit ones, on the lanes of FP32. */
const SLOW_INTEGER = 2.3;

/** Time to issue integer instructions on all SMs that `blocks` reach, microseconds. */
export function integerUs(instructions: number, blocks: number, device: Device): number {
  const slow = device.architecture === "maxwell" || device.architecture === "pascal";
  const lanes = slow
    ? device.lanesPerSm / SLOW_INTEGER
    : Math.min(INTEGER_LANES, device.lanesPerSm);
  return instructions / (lanes * Math.min(blocks, device.smCount) * device.boostMhz);
}
