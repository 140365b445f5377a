/**
 * A chain of dependent loads from workgroup memory. A workgroup of one warp only waits, so its time
 * hardly depends on its neighbours: the time steps where the GPU has no place left for one more,
 * at every multiple of SMs x resident workgroups.
 */
import type { Workload } from "../types.ts";
import { rowGrid } from "./grid.ts";

const UNROLL = 8;

export interface ChaseOptions {
  readonly sweep: string;
  readonly workgroups: number;
  readonly iterations: number;
  readonly workgroup: number;
  /** Workgroup memory that one workgroup holds: what limits how many are resident. */
  readonly storageBytes: number;
}

export function chase(options: ChaseOptions): Workload {
  const { sweep, workgroups, iterations, workgroup, storageBytes } = options;
  return {
    kernel: "chase",
    sweep,
    sizes: { iterations },
    grid: rowGrid(workgroups),
    workgroup,
    workgroupStorageBytes: storageBytes,
    repeat: 1,
    flops: 0,
    bytes: 0,
    program: {
      code: shader(workgroup, storageBytes / 4),
      uniforms: [iterations],
      buffers: [{ words: 64, write: true }],
    },
  };
}

/** Each thread goes round its own residue class: no two threads of a warp meet in a bank. */
function shader(workgroup: number, words: number): string {
  return `
struct Params { iterations : u32 }
@group(0) @binding(0) var<uniform> params : Params;
@group(0) @binding(1) var<storage, read_write> sink : array<u32>;
var<workgroup> ring : array<u32, ${words}>;
@compute @workgroup_size(${workgroup})
fn main(@builtin(local_invocation_index) lane : u32) {
  for (var i = lane; i < ${words}u; i += ${workgroup}u) {
    ring[i] = (i + ${workgroup}u) % ${words}u;
  }
  workgroupBarrier();
  var at = lane;
  // One warp chases; the others hold their places at the barrier and load nothing.
  if (lane < 32u) {
    for (var i = 0u; i < params.iterations; i++) {
${Array.from({ length: UNROLL }, () => "      at = ring[at];").join("\n")}
    }
  }
  workgroupBarrier();
  // Never true; the compiler does not know.
  if (at == 0xffffffffu) { sink[lane % 64u] = at; }
}`;
}
