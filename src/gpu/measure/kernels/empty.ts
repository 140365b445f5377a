/** A kernel that does nothing: what is left is launch, block scheduling and drain. */
import type { Workload } from "../types.ts";

/** Many in one pass; each declares that it writes the same buffer, so none may overlap its neighbour. */
export function empty(repeat: number): Workload {
  return {
    kernel: "empty",
    sweep: "launch",
    sizes: { repeat },
    grid: [1, 1, 1],
    workgroup: 32,
    workgroupStorageBytes: 0,
    repeat,
    flops: 0,
    bytes: 0,
    program: {
      code: `
struct Params { never : u32 }
@group(0) @binding(0) var<uniform> params : Params;
@group(0) @binding(1) var<storage, read_write> sink : array<u32>;
@compute @workgroup_size(32)
fn main(@builtin(local_invocation_index) lane : u32) {
  if (params.never != 0u) { sink[lane] = lane; }
}`,
      uniforms: [0],
      buffers: [{ words: 64, write: true }],
    },
  };
}
