/** Efficiency and fixed cost of a contraction's main loop, by the arithmetic that it runs on. */
import type { Device } from "../device.ts";
import type { Precision } from "../types.ts";

export interface MainLoop {
  /** Share of the issue rate. */
  readonly efficiency: number;
  /** Prologue and epilogue of a block, in steps of the reduction. */
  readonly overheadSteps: number;
}

/** @param vector the loop on FP32 lanes, which vector FP16 shares */
export function mainLoop(
  precision: Precision,
  tensor: boolean,
  device: Device,
  vector: MainLoop,
): MainLoop {
  const p = device.parameters;
  if (precision === "int8") {
    return { efficiency: p.int8Efficiency, overheadSteps: p.int8OverheadSteps };
  }
  if (!tensor) return vector;
  return { efficiency: p.tensorEfficiency, overheadSteps: p.tensorOverheadSteps };
}
