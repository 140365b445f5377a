/** What the sweeps ask of a GPU, and what comes back. Times are microseconds. */

/** A compute shader with its bindings: 0 is a uniform block, 1 and up are storage buffers. */
export interface Program {
  readonly code: string;
  /** Words of the uniform block at binding 0. */
  readonly uniforms: readonly number[];
  /** Storage buffers from binding 1 on, in 32-bit words. */
  readonly buffers: readonly { readonly words: number; readonly write: boolean }[];
}

/** One kernel at one size, as it is dispatched. */
export interface Workload {
  /** `fma`, `chase`, `empty`, `copy`, `matmul`, `conv`. */
  readonly kernel: string;
  /** The sweep that it belongs to: `warm-up`, `sm-count`, `slots`, `residency`, ... */
  readonly sweep: string;
  /** The kernel's own sizes, e.g. `{ m, n, k }`. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Workgroups. */
  readonly grid: readonly [number, number, number];
  /** Threads of a workgroup. */
  readonly workgroup: number;
  readonly workgroupStorageBytes: number;
  /** Dispatches one after another inside one timed pass; the time is that of one. */
  readonly repeat: number;
  readonly flops: number;
  /** Bytes that must cross DRAM; 0 where none need to. */
  readonly bytes: number;
  readonly program: Program;
}

export interface Samples {
  readonly us: Float64Array;
  /** Timings that the driver gave as zero or negative. */
  readonly dropped: number;
}

/** The waist between the sweeps and a GPU: a test puts a simulated device here. */
export interface KernelTimer {
  /**
   * Times each workload `rounds` times. Every round visits all of them in a new random order, so
   * that a drifting clock shows as spread and not as a slope.
   */
  time(works: readonly Workload[], rounds: number): Promise<readonly Samples[]>;
}

/** One line of the measurements file. */
export interface Measurement {
  readonly kernel: string;
  readonly sweep: string;
  readonly sizes: Readonly<Record<string, number>>;
  readonly grid: readonly [number, number, number];
  readonly workgroups: number;
  readonly workgroup: number;
  readonly workgroupStorageBytes: number;
  readonly flops: number;
  readonly bytes: number;
  readonly medianUs: number;
  readonly q1Us: number;
  readonly q3Us: number;
  readonly minUs: number;
  readonly n: number;
  readonly dropped: number;
}

/** Limits of the adapter that decide which kernels fit. */
export interface MeasureLimits {
  readonly maxThreadsPerWorkgroup: number;
  readonly maxWorkgroupStorageBytes: number;
  readonly maxWorkgroupsPerDimension: number;
  /** Of one storage buffer. */
  readonly maxBufferBytes: number;
}

export const workgroupsOf = ({ grid }: Pick<Workload, "grid">): number =>
  grid[0] * grid[1] * grid[2];
