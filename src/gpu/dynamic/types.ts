/**
 * The words of dynamic execution: a region of a network that is computed only on active blocks of its
 * feature map, and what that takes. Times are microseconds.
 */
import type { Device } from "../device.ts";
import type { HostMode, Kernel, Precision } from "../types.ts";

/** What a dynamic region launches, in order. */
export const PARTS = ["mask", "compaction", "gather", "conv", "scatter"] as const;
export type Part = (typeof PARTS)[number];

/**
 * What gives each block its score. `attention`: mean over channels, no weights (AntiDote, DATE 2020,
 * the spatial attention A[h, w]). `conv-gate`: a 3x3 convolution to one channel (the spatial half of
 * DynConv's mask unit, CVPR 2020). `pool-gate`: average pooling to one position a block, then a 1x1
 * convolution to two logits (LASNet, NeurIPS 2022). `given`: the list of active blocks is there
 * already, e.g. of an earlier region with the same blocks.
 */
export const MASK_UNITS = ["attention", "conv-gate", "pool-gate", "given"] as const;
export type MaskUnit = (typeof MASK_UNITS)[number];

/** `threshold`: as many blocks as pass it, known to the device alone. `top-k`: a fixed number. */
export const SELECTIONS = ["threshold", "top-k"] as const;
export type Selection = (typeof SELECTIONS)[number];

/**
 * Where results go. `in-place`: into the buffer of the region's input (SBNet's advice). `zero-fill`:
 * into a new map of zeros. `copy`: into a copy of the input, as ONNX's ScatterND means it.
 */
export const SCATTERS = ["in-place", "zero-fill", "copy"] as const;
export type Scatter = (typeof SCATTERS)[number];

/**
 * Who gathers and scatters. `kernels`: kernels of their own, which every runtime can have. `fused`: the
 * convolutions load from and store to the whole map, as LAUDNet's operators do (IEEE TPAMI 2024); a
 * bound from below, since sectors that their loads then waste are not counted.
 */
export const MOVES = ["kernels", "fused"] as const;
export type Moves = (typeof MOVES)[number];

export interface MaskSpec {
  /** Default `attention`. */
  readonly unit?: MaskUnit;
  /** Default `threshold`. */
  readonly select?: Selection;
}

export interface RegionSettings {
  readonly name?: string;
  /** Rows and columns of a block of the region's output; one number for both. At most the map. */
  readonly block: number | readonly [number, number];
  readonly mask?: MaskSpec;
  /** Default: `in-place` where the region ends by adding its own input, else `zero-fill`. */
  readonly scatter?: Scatter;
  /** Default `kernels`. */
  readonly moves?: Moves;
}

export interface ConvSpec {
  readonly name?: string;
  /** Output channels. */
  readonly channels: number;
  /** Side of a square kernel. */
  readonly kernel: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly groups?: number;
  /** Default: keeps the size at stride 1. */
  readonly padding?: number;
  /** Batch normalization of its own after it; default false (folded into the weights). */
  readonly batchNorm?: boolean;
  /** A ReLU after it; default true. With `residual` the last one follows the addition. */
  readonly activation?: boolean;
}

/** A region by its sizes: input [batch, channels, height, width] through `convs` in order. */
export interface RegionSpec extends RegionSettings {
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly convs: readonly ConvSpec[];
  /** Adds the region's input to the result of the last convolution. Default false. */
  readonly residual?: boolean;
}

/** A region of a network: its nodes by name, convolutions and elementwise nodes with one result. */
export interface GraphRegion extends RegionSettings {
  readonly nodes: readonly string[];
}

export interface DynamicOptions {
  readonly device: Device;
  readonly precision?: Precision;
  readonly host?: HostMode;
  /** As of `PredictOptions`. */
  readonly hostUsPerOp?: number;
  readonly tuned?: boolean;
  readonly channelsLast?: boolean;
  /**
   * Whether the host waits for the number of active blocks before it goes on. Default: where the
   * device alone knows it (`threshold`), since ONNX Runtime and PyTorch need it to allocate and
   * launch. `false` models kernels that read the number on the device, without the cost of blocks
   * that then find nothing to do.
   */
  readonly sync?: boolean;
  /** Time of one such wait once the device is done. Default {@link SYNC_US}. */
  readonly syncUs?: number;
}

/**
 * A copy of 8 bytes to the host and the wake-up of its thread. An assumption, not a measurement: a
 * small copy over PCIe takes 5 to 10 us and a return from `cudaStreamSynchronize` a few more.
 */
export const SYNC_US = 15;

export interface PartKernel extends Kernel {
  readonly part: Part;
}

export interface PartTime {
  readonly part: Part;
  readonly kernels: number;
  /** Sum of the kernels' times. */
  readonly gpuUs: number;
  readonly macs: number;
  readonly dramBytes: number;
  /** Of thread blocks, over all kernels of the part. */
  readonly waves: number;
}

/** A region on the two clocks. */
export interface RegionTime {
  readonly latencyUs: number;
  /** Sum of the kernels' times. */
  readonly gpuUs: number;
  /** Time that the host needs to issue everything, `syncUs` of each wait included. */
  readonly hostUs: number;
  /** Multiply-accumulates, the mask unit's included. */
  readonly macs: number;
  /** Waves of thread blocks of the convolutions' tiled kernels. */
  readonly waves: number;
  /** The latency if a part-filled round of thread blocks took as long as a full one. */
  readonly quantisedUs: number;
  /** The latency if thread blocks spread over the SMs without remainder. */
  readonly smoothUs: number;
}

/** What can keep a region from paying. */
export const REGION_LIMITERS = ["mask", "gather", "launches", "waves"] as const;
export type RegionLimiter = (typeof REGION_LIMITERS)[number];

/**
 * The latency of a dynamic region as a sum: `ideal` is the kept fraction of the dense kernels' work;
 * `mask` is work of the mask unit and the compaction, `gather` of gather and scatter; `launches` is
 * all that is no kernel's work (launches, the host, waits) beyond the dense region's; `waves` what
 * the convolutions on blocks take beyond `ideal`: rounding to rounds and tiles, and the halo.
 * `denseLaunches` is the dense region's own share of launches.
 */
export interface Breakdown extends Readonly<Record<RegionLimiter, number>> {
  readonly ideal: number;
  readonly denseLaunches: number;
}

export interface RegionPrediction extends RegionTime {
  readonly name: string;
  readonly device: string;
  readonly batch: number;
  readonly precision: Precision;
  readonly host: HostMode;
  readonly active: number;
  readonly blocks: number;
  readonly keptFraction: number;
  /** Rows and columns of a block of the output, and of what is gathered for it, halo included. */
  readonly block: readonly [number, number];
  readonly gathered: readonly [number, number];
  /** Waits of the host for the device. */
  readonly syncs: number;
  readonly parts: readonly PartTime[];
  readonly kernels: readonly PartKernel[];
  readonly breakdown: Breakdown;
  /** The region computed on the whole map. */
  readonly dense: RegionTime & { readonly kernels: readonly Kernel[] };
  /** Saving that whole rounds give, never below 0: see {@link promisedUs}. */
  readonly promisedUs: number;
  /** What to run. `dense`: skipping these blocks saves no time that can be promised. */
  readonly verdict: "dynamic" | "dense";
  /** The largest overhead; null where there is none. */
  readonly limiter: RegionLimiter | null;
  readonly notes: readonly string[];
}

/**
 * The smaller of what the model's staircase saves and what is left of it when every round is charged
 * whole: a round that is part-filled in both is no saving.
 */
export function promisedUs(dynamic: RegionTime, dense: RegionTime): number {
  return Math.max(
    0,
    Math.min(dense.latencyUs - dynamic.latencyUs, dense.quantisedUs - dynamic.quantisedUs),
  );
}
