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
  /** What DRAM reads of long rows, 32 bytes of each at a time, cost against streaming; 1: the same. */
  readonly stridedReads: number;
  /** What DRAM writes of a product's result, a tile at a time, cost against streaming. */
  readonly tileWrites: number;
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
  /** Share of the dp4a or IMMA rate in INT8 products; their libraries lag behind FP16's. */
  readonly int8Efficiency: number;
  readonly int8ConvEfficiency: number;
  readonly int8OverheadSteps: number;
}

export type ParameterName = keyof Parameters;

/** Ampere GA100 as fitted on two A100; the base from which other architectures differ. */
const BASE: Parameters = {
  launchUs: 2,
  powerBudget: 1,
  latencyWarps: 1,
  stairHardness: 0.85,
  dramEfficiency: 0.8,
  stridedReads: 1.5,
  tileWrites: 1.5,
  l2BytesPerClock: 32,
  gemmEfficiency: 0.99,
  gemmOverheadSteps: 8,
  implicitEfficiency: 0.78,
  implicitOverheadSteps: 9,
  fusedEfficiency: 0.7,
  fusedOverheadSteps: 14,
  winogradEfficiency: 0.75,
  winogradOverheadSteps: 4.5,
  inputTransform: 0.68,
  outputTransform: 0.57,
  tensorEfficiency: 0.88,
  tensorOverheadSteps: 60,
  tensorConvEfficiency: 0.9,
  int8Efficiency: 0.5,
  int8ConvEfficiency: 0.7,
  int8OverheadSteps: 90,
};

/** Fitted on M40, Titan X and GTX 1080 Ti, P100. */
const PASCAL: Partial<Parameters> = {
  latencyWarps: 1.5,
  dramEfficiency: 0.78,
  gemmEfficiency: 0.97,
  gemmOverheadSteps: 7.5,
  implicitEfficiency: 1,
  implicitOverheadSteps: 17,
  fusedEfficiency: 0.9,
  fusedOverheadSteps: 20,
  winogradEfficiency: 0.95,
  winogradOverheadSteps: 4,
  inputTransform: 0.85,
  outputTransform: 0.52,
  int8Efficiency: 0.9,
  int8ConvEfficiency: 0.9,
  int8OverheadSteps: 60,
};

/** Fitted on two V100. */
const VOLTA: Partial<Parameters> = {
  stridedReads: 3,
  stairHardness: 0.8,
  dramEfficiency: 0.75,
  gemmOverheadSteps: 6,
  implicitEfficiency: 1.06,
  implicitOverheadSteps: 12,
  fusedEfficiency: 0.92,
  fusedOverheadSteps: 15,
  winogradEfficiency: 0.95,
  winogradOverheadSteps: 3,
  inputTransform: 0.87,
  outputTransform: 0.62,
  tensorEfficiency: 0.92,
  // Products of bytes run on dp4a before Ampere, close to its peak.
  int8Efficiency: 0.95,
  int8ConvEfficiency: 0.9,
  int8OverheadSteps: 60,
};

/** Share of the FP32 peak that SMs of 128 lanes reach of what those of 64 do. */
function wide(share: number): Partial<Parameters> {
  return {
    gemmEfficiency: BASE.gemmEfficiency * share,
    implicitEfficiency: BASE.implicitEfficiency * share,
    fusedEfficiency: BASE.fusedEfficiency * share,
    winogradEfficiency: BASE.winogradEfficiency * share,
  };
}

const BY_ARCHITECTURE: Readonly<Partial<Record<Architecture, Partial<Parameters>>>> = {
  maxwell: PASCAL,
  pascal: PASCAL,
  volta: VOLTA,
  // Volta's loops: T4, the one Turing board with profiles, is too throttled to tell more of them. Its
  // transforms are bound by memory, which does not throttle.
  turing: {
    ...VOLTA,
    latencyWarps: 1.5,
    fusedOverheadSteps: 20,
    inputTransform: 0.62,
    outputTransform: 0.48,
  },
  // Half of the lanes of GA10x and Ada share their port with integer work.
  ada: { ...wide(0.78), dramEfficiency: 0.86, tensorEfficiency: 0.85 },
  // 48.8 to 54 of 67 TFLOP/s in the FP32 GEMMs of an H100, 80 % of its dense BF16 rate.
  hopper: { ...wide(0.82), tensorEfficiency: 0.82 },
  blackwell: { ...wide(0.8), dramEfficiency: 0.86, tensorEfficiency: 0.8 },
  adreno: { gemmEfficiency: 0.4, implicitEfficiency: 0.4, launchUs: 15, dramEfficiency: 0.6 },
  mali: { gemmEfficiency: 0.4, implicitEfficiency: 0.4, launchUs: 15, dramEfficiency: 0.6 },
  apple: { gemmEfficiency: 0.8, implicitEfficiency: 0.7, launchUs: 5, dramEfficiency: 0.8 },
};

/**
 * GA10x. Half of the lanes share their port with integer work. Matrix units at half of GA100's rate
 * are fed without loss, and boards hold clocks above the data sheet's: as timm's networks on an RTX
 * 3090 say, channels last, where no conversion of tensors is in the way; channels first costs 0.85.
 */
const WIDE_AMPERE: Partial<Parameters> = {
  ...wide(0.78),
  dramEfficiency: 0.9,
  tensorEfficiency: 0.99,
  tensorConvEfficiency: 0.85,
  tensorOverheadSteps: 30,
};

/** Parameters of a board that nobody measured. @param lanesPerSm tells GA10x from GA100 */
export function defaultParameters(architecture: Architecture, lanesPerSm: number): Parameters {
  const wideAmpere = architecture === "ampere" && lanesPerSm > 64;
  return { ...BASE, ...(wideAmpere ? WIDE_AMPERE : {}), ...BY_ARCHITECTURE[architecture] };
}
