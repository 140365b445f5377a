/**
 * The physical parameters of the time model. Each has a default by architecture; calibration fits
 * them to measurements of a board, and `cost.ts` and the kernels use them.
 */
import type { Architecture } from "../device.ts";

export interface Parameters {
  /** Shortest time of a kernel on the GPU: launch, block scheduling, drain. Microseconds. */
  readonly launchUs: number;
  /** Full activity at boost that the power limit allows: see clock.ts. */
  readonly powerBudget: number;
  /** Warps on an SM at which half of the issue rate is reached: latency hiding. */
  readonly latencyWarps: number;
  /** 1: a round costs a whole block time on its SM; 0: blocks share SMs without quantisation. */
  readonly stairHardness: number;
  /** Share of the data sheet's DRAM bandwidth that streaming kernels reach. */
  readonly dramEfficiency: number;
  /** Bytes that L2 delivers to one SM in a clock. */
  readonly l2BytesPerClock: number;
  /** Share of the FP32 issue rate in a 128 x 128 SGEMM's main loop, latency hidden. */
  readonly gemmEfficiency: number;
  /** Prologue and epilogue of a block, in steps of the reduction. */
  readonly gemmOverheadSteps: number;
  readonly implicitEfficiency: number;
  readonly implicitOverheadSteps: number;
  readonly fusedEfficiency: number;
  readonly fusedOverheadSteps: number;
  /** The batched SGEMM inside non-fused Winograd. */
  readonly winogradEfficiency: number;
  readonly winogradOverheadSteps: number;
  /** Share of DRAM bandwidth that non-fused Winograd's input transform reaches. */
  readonly inputTransform: number;
  /** The same of its filter and output transforms. */
  readonly outputTransform: number;
  /** Share of the matrix units' rate that a large tile's main loop reaches. */
  readonly tensorEfficiency: number;
  readonly tensorOverheadSteps: number;
  /** Convolutions on matrix units relative to products. */
  readonly tensorConvEfficiency: number;
  /** Share of the dp4a or IMMA rate in INT8. */
  readonly int8Efficiency: number;
}

export type ParameterName = keyof Parameters;

const BASE: Parameters = {
  launchUs: 2,
  powerBudget: 1,
  latencyWarps: 1.5,
  stairHardness: 0.85,
  dramEfficiency: 0.82,
  l2BytesPerClock: 32,
  gemmEfficiency: 1,
  gemmOverheadSteps: 8,
  implicitEfficiency: 0.9,
  implicitOverheadSteps: 12,
  fusedEfficiency: 0.85,
  fusedOverheadSteps: 15,
  winogradEfficiency: 0.85,
  winogradOverheadSteps: 5,
  inputTransform: 0.75,
  outputTransform: 0.55,
  tensorEfficiency: 0.75,
  tensorOverheadSteps: 60,
  tensorConvEfficiency: 0.9,
  int8Efficiency: 0.6,
};

const BY_ARCHITECTURE: Readonly<Partial<Record<Architecture, Partial<Parameters>>>> = {
  adreno: { gemmEfficiency: 0.4, implicitEfficiency: 0.4, launchUs: 15, dramEfficiency: 0.6 },
  mali: { gemmEfficiency: 0.4, implicitEfficiency: 0.4, launchUs: 15, dramEfficiency: 0.6 },
  apple: { gemmEfficiency: 0.8, implicitEfficiency: 0.7, launchUs: 5, dramEfficiency: 0.8 },
};

/** Parameters of a board that nobody measured. */
export function defaultParameters(architecture: Architecture): Parameters {
  return { ...BASE, ...BY_ARCHITECTURE[architecture] };
}
