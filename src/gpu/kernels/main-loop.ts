/** What a contraction's main loop runs on, and how well: vector lanes, dp4a or matrix units. */
import type { Device } from "../device.ts";
import type { Precision } from "../types.ts";
import { bytesPerElement } from "./tiles.ts";

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

/** First compute capability whose convolutions pad channels for matrix units by themselves. */
const PADS_CHANNELS = 8;

/**
 * @param channels of a convolution's reduction and result: libraries before Ampere leave the matrix
 *   units (and dp4a) where these do not fill a vector, and compute on FP32 lanes
 */
export function mainLoop(
  use: LoopUse,
  precision: Precision,
  device: Device,
  channels?: readonly [number, number],
): MainLoop {
  const p = device.parameters;
  const bytes = bytesPerElement(precision);
  const fills = fillsVectors(precision, device, channels);
  const tensor = device.tensor[precision] && fills;
  const base = { tensor, mhz: device.boostMhz, bytesPerElement: bytes };
  if (precision === "int8" && fills) {
    return {
      ...base,
      mhz: tensor ? device.tensorBoostMhz : device.boostMhz,
      macsPerClock: device.macsPerClock.int8!,
      efficiency: use === "conv" ? p.int8ConvEfficiency : p.int8Efficiency,
      overheadSteps: p.int8OverheadSteps,
    };
  }
  if (tensor) {
    return {
      ...base,
      mhz: device.tensorBoostMhz,
      macsPerClock: device.macsPerClock[precision]!,
      efficiency: p.tensorEfficiency * (use === "conv" ? p.tensorConvEfficiency : 1),
      overheadSteps: p.tensorOverheadSteps,
    };
  }
  // Half arithmetic without matrix units doubles the lanes; what falls back runs in FP32.
  const vector = device.tensor[precision] ? undefined : device.macsPerClock[precision];
  return {
    ...base,
    macsPerClock: fills && vector !== undefined ? vector : device.lanesPerSm,
    ...{
      gemm: { efficiency: p.gemmEfficiency, overheadSteps: p.gemmOverheadSteps },
      conv: { efficiency: p.implicitEfficiency, overheadSteps: p.implicitOverheadSteps },
      winograd: { efficiency: p.winogradEfficiency, overheadSteps: p.winogradOverheadSteps },
    }[use],
  };
}

function fillsVectors(
  precision: Precision,
  device: Device,
  channels: readonly [number, number] | undefined,
): boolean {
  if (channels === undefined || Number(device.computeCapability) >= PADS_CHANNELS) return true;
  const [reduction, result] = channels;
  if (precision === "int8") return reduction % 4 === 0;
  return !device.tensor[precision] || (reduction % 8 === 0 && result % 8 === 0);
}
