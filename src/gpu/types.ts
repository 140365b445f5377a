/** The GPU core model's words: device, kernel, prediction. Times are microseconds unless named. */

export const PRECISIONS = ["fp32", "tf32", "fp16", "bf16", "int8"] as const;
export type Precision = (typeof PRECISIONS)[number];

/** How the host feeds the GPU: one launch per operator; fused and compiled; a captured graph. */
export const HOST_MODES = ["eager", "compiled", "cuda-graph"] as const;
export type HostMode = (typeof HOST_MODES)[number];

export const LIMITERS = ["launch", "memory", "tail", "compute"] as const;
export type Limiter = (typeof LIMITERS)[number];
export type WorkLimiter = Exclude<Limiter, "launch">;

/** A kernel as a device launches it, for one or more fused nodes, before it is timed. */
export interface KernelPlan {
  /** As a profiler would print its family, e.g. `implicit_gemm_128x64`. */
  readonly name: string;
  /** e.g. `implicit-gemm`, `winograd-fused`, `winograd-nonfused`, `gemm`, `depthwise`, `pointwise`. */
  readonly algorithm: string;
  /** [m, n, k] of the thread-block tile; null for kernels without one. */
  readonly tile: readonly [number, number, number] | null;
  readonly splitK: number;
  readonly grid: readonly [number, number, number];
  /** Threads in a block. */
  readonly block: number;
  readonly registersPerThread: number;
  readonly sharedBytesPerBlock: number;
  readonly flops: number;
  readonly dramBytes: number;
  readonly images?: PaddedImages;
}

/** Of a kernel that pads its batch. */
export interface PaddedImages {
  readonly own: number;
  /** With the padding. */
  readonly computed: number;
}

/** A kernel with its timing; the fields of the published JSON contract. */
export interface Kernel {
  readonly name: string;
  /** The graph's nodes that this kernel computes, in order. */
  readonly nodes: readonly string[];
  readonly algorithm: string;
  readonly tile: readonly [number, number, number] | null;
  readonly grid: readonly [number, number, number];
  readonly block: number;
  readonly blocks: number;
  readonly blocksPerSm: number;
  readonly waves: number;
  /** Fill of the last wave, (0, 1]. */
  readonly tailFill: number;
  /** blocks / (waves x slots), (0, 1]. */
  readonly smUtilization: number;
  readonly flops: number;
  readonly dramBytes: number;
  readonly timeUs: number;
  /** Of a kernel that pads its batch; absent where none of what it computes is padding. */
  readonly images?: PaddedImages;
  /** Factor of a learned correction that `timeUs` contains; absent where there is none. */
  readonly correction?: number;
  readonly limiter: Limiter;
  /** Where `limiter` is launch: what would limit the kernel without it. */
  readonly workLimiter?: WorkLimiter;
}

export interface Prediction {
  readonly device: string;
  readonly batch: number;
  readonly precision: Precision;
  readonly host: HostMode;
  readonly latencyMs: number;
  /** Sum of the kernels' times. */
  readonly gpuMs: number;
  /** Time that the host needs to issue everything. */
  readonly hostMs: number;
  readonly kernels: readonly Kernel[];
  readonly gaps: readonly {
    readonly op: string;
    readonly count: number;
    readonly reason: string;
  }[];
  /** What the numbers rest on: calibrated or from the data sheet, and what was not modelled. */
  readonly notes: readonly string[];
}
