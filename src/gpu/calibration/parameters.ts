/**
 * The few physical parameters of the time model. Each has an architecture's default and may be
 * fitted for a board; `fit.ts` fits them, `cost.ts` uses them.
 */
import type { Architecture } from "../device.ts";

export interface Parameters {
  /** Shortest time of a kernel on the GPU: launch, block scheduling, drain. Microseconds. */
  readonly launchUs: number;
  /** Share of the FP32 issue rate that a full 128 x 128 SGEMM main loop reaches. */
  readonly gemmEfficiency: number;
  /** Exponent by which smaller tiles lose efficiency: (tile area / 128 x 128)^x. */
  readonly smallTileLoss: number;
  /** Prologue and epilogue of a block, in steps of the reduction. */
  readonly overheadSteps: number;
  /** Warps on an SM at which half of the issue rate is reached (latency hiding). */
  readonly latencyWarps: number;
  /** 1: a wave costs a whole round on every SM; 0: blocks share SMs without quantisation. */
  readonly stairHardness: number;
  /** Share of the data sheet's DRAM bandwidth that streaming kernels reach. */
  readonly dramEfficiency: number;
  /** Bytes that the L2 delivers to one SM in a clock. */
  readonly l2BytesPerClock: number;
  /** Efficiency of implicit GEMM relative to SGEMM. */
  readonly implicitEfficiency: number;
  /** Efficiency of the fused Winograd kernel's multiplications relative to SGEMM. */
  readonly winogradFusedEfficiency: number;
  /** Efficiency of the batched SGEMM inside non-fused Winograd relative to SGEMM. */
  readonly winogradGemmEfficiency: number;
  /** Share of streaming bandwidth that the Winograd transforms reach. */
  readonly transformEfficiency: number;
  /** Share of the matrix units' rate that a full tile reaches. */
  readonly tensorEfficiency: number;
  /** `overheadSteps` of matrix-unit kernels. */
  readonly tensorOverheadSteps: number;
}

export type ParameterName = keyof Parameters;

const BASE: Parameters = {
  launchUs: 2.5,
  gemmEfficiency: 0.9,
  smallTileLoss: 0.1,
  overheadSteps: 20,
  latencyWarps: 2,
  stairHardness: 0.85,
  dramEfficiency: 0.82,
  l2BytesPerClock: 40,
  implicitEfficiency: 0.85,
  winogradFusedEfficiency: 0.75,
  winogradGemmEfficiency: 0.9,
  transformEfficiency: 0.7,
  tensorEfficiency: 0.7,
  tensorOverheadSteps: 60,
};

const BY_ARCHITECTURE: Readonly<Partial<Record<Architecture, Partial<Parameters>>>> = {
  adreno: { gemmEfficiency: 0.35, launchUs: 15, dramEfficiency: 0.6 },
  mali: { gemmEfficiency: 0.35, launchUs: 15, dramEfficiency: 0.6 },
  apple: { gemmEfficiency: 0.75, launchUs: 5, dramEfficiency: 0.8 },
};

/** Parameters of a board that nobody measured. */
export function defaultParameters(
  architecture: Architecture,
  _computeCapability: string | null,
): Parameters {
  return { ...BASE, ...BY_ARCHITECTURE[architecture] };
}
