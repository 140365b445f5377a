/** What a contraction's main loop runs on, and how well: vector lanes, dp4a or matrix units. */
import type { Device } from "../device.ts";
import { bytesPerElement } from "../precision.ts";
import type { Precision } from "../types.ts";

export interface MainLoop {
  /** Runs on matrix units. */
  readonly tensor: boolean;
  readonly macsPerClock: number;
  /** Boost clock of these units. */
  readonly mhz: number;
  readonly bytesPerElement: number;
  /** Share of the issue rate with latency hidden, for the largest tile. */
  readonly efficiency: number;
  /** Prologue and epilogue of a block, in steps of the reduction. */
  readonly overheadSteps: number;
}

export type LoopUse = "gemm" | "conv" | "winograd";

/** An FP32 lane's dp4a: four multiply-accumulates of bytes. */
const DP4A = 4;

/** @param channelsLast what a convolution on matrix units needs: else it converts its tensors first */
export function mainLoop(
  use: LoopUse,
  precision: Precision,
  device: Device,
  channelsLast = false,
): MainLoop {
  const p = device.parameters;
  const bytes = bytesPerElement(precision);
  // Turing's matrix units take bytes only in a blocked layout, which plain products do not have.
  const blocked = precision === "int8" && use === "gemm" && isBeforeAmpere(device);
  const tensor = device.tensor[precision] && !blocked;
  const base = { tensor, mhz: device.boostMhz, bytesPerElement: bytes };
  if (precision === "int8") {
    return {
      ...base,
      mhz: tensor ? device.tensorBoostMhz : device.boostMhz,
      macsPerClock:
        tensor === device.tensor.int8 ? device.macsPerClock.int8! : DP4A * device.lanesPerSm,
      efficiency: use === "conv" ? p.int8ConvEfficiency : p.int8Efficiency,
      overheadSteps: p.int8OverheadSteps,
    };
  }
  if (tensor) {
    return {
      ...base,
      mhz: device.tensorBoostMhz,
      macsPerClock: device.macsPerClock[precision]!,
      efficiency:
        p.tensorEfficiency * (use === "conv" && !channelsLast ? p.tensorConvEfficiency : 1),
      overheadSteps: p.tensorOverheadSteps,
    };
  }
  return {
    ...base,
    // Half arithmetic without matrix units doubles the lanes.
    macsPerClock: device.macsPerClock[precision] ?? device.lanesPerSm,
    ...{
      gemm: { efficiency: p.gemmEfficiency, overheadSteps: p.gemmOverheadSteps },
      conv: { efficiency: p.implicitEfficiency, overheadSteps: p.implicitOverheadSteps },
      winograd: { efficiency: p.winogradEfficiency, overheadSteps: p.winogradOverheadSteps },
    }[use],
  };
}

/** NVIDIA's libraries of that time; compute capability 8 and later pad and lay out by themselves. */
export function isBeforeAmpere(device: Device): boolean {
  return device.vendor === "nvidia" && Number(device.computeCapability) < 8;
}
