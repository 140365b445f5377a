/**
 * Chains of fused multiply-adds in registers. Eight independent chains a thread fill the pipeline,
 * so that one workgroup of 256 threads saturates an SM's FP32 lanes: workgroups that share an SM
 * then share its rate, and the time steps at every multiple of the number of SMs.
 */
import type { Workload } from "../types.ts";
import { rowGrid } from "./grid.ts";

const UNROLL = 8;

export interface FmaOptions {
  readonly sweep: string;
  readonly workgroups: number;
  readonly iterations: number;
  readonly workgroup?: number;
  /** Independent chains of each thread. */
  readonly chains?: number;
}

export function fma(options: FmaOptions): Workload {
  const { sweep, workgroups, iterations, workgroup = 256, chains = 8 } = options;
  const grid = rowGrid(workgroups);
  const threads = grid[0] * grid[1] * workgroup;
  return {
    kernel: "fma",
    sweep,
    sizes: { iterations, chains },
    grid,
    workgroup,
    workgroupStorageBytes: 0,
    repeat: 1,
    flops: 2 * UNROLL * chains * iterations * threads,
    bytes: 0,
    program: {
      code: shader(workgroup, chains),
      uniforms: [iterations],
      buffers: [{ words: 64, write: true }],
    },
  };
}

/** x <- -x + b never settles, so that the lanes go on toggling as real data makes them. */
function shader(workgroup: number, chains: number): string {
  const each = (line: (i: number) => string) =>
    Array.from({ length: chains }, (_, i) => line(i)).join("\n");
  const step = each((i) => `    x${i} = fma(x${i}, a, b);`);
  return `
struct Params { iterations : u32 }
@group(0) @binding(0) var<uniform> params : Params;
@group(0) @binding(1) var<storage, read_write> sink : array<f32>;
@compute @workgroup_size(${workgroup})
fn main(@builtin(local_invocation_index) lane : u32) {
  // From a uniform, so that no compiler can fold the chain.
  let a = -1.0 + f32(params.iterations >> 31u);
  let b = 1.0 + f32(lane) * 0.001;
${each((i) => `  var x${i} = f32(lane + ${i}u) * 0.37;`)}
  for (var i = 0u; i < params.iterations; i++) {
${Array.from({ length: UNROLL }, () => step).join("\n")}
  }
  let total = ${Array.from({ length: chains }, (_, i) => `x${i}`).join(" + ")};
  // Never true; the compiler does not know.
  if (total == 123456.789) { sink[lane % 64u] = total; }
}`;
}
