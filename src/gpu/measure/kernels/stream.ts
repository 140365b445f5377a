/** STREAM's copy and triad over buffers far larger than any cache: DRAM bandwidth. */
import type { Workload } from "../types.ts";
import { rowGrid } from "./grid.ts";

const WORKGROUP = 256;
/** Vectors of four that each thread moves, a workgroup's width apart. */
const EACH = 4;
const BYTES_PER_GROUP = WORKGROUP * EACH * 16;

/** b = a. `bytes` of each of two buffers, rounded down to whole workgroups. */
export function copy(bytes: number): Workload {
  return stream("copy", bytes, 2, 0, "to[i] = one[i];");
}

/** c = a + s b. `bytes` of each of three buffers. */
export function triad(bytes: number): Workload {
  return stream("triad", bytes, 3, 2, "to[i] = fma(vec4f(params.scale), two[i], one[i]);");
}

function stream(
  kernel: string,
  bytes: number,
  buffers: 2 | 3,
  flopsPerElement: number,
  line: string,
): Workload {
  const groups = Math.max(1, Math.floor(bytes / BYTES_PER_GROUP));
  const grid = rowGrid(groups);
  const words = (groups * BYTES_PER_GROUP) / 4;
  return {
    kernel,
    sweep: "bandwidth",
    sizes: { bytesPerBuffer: words * 4 },
    grid,
    workgroup: WORKGROUP,
    workgroupStorageBytes: 0,
    repeat: 1,
    flops: flopsPerElement * words,
    bytes: buffers * words * 4,
    program: {
      code: `
struct Params { vectors : u32, rowGroups : u32, scale : f32 }
@group(0) @binding(0) var<uniform> params : Params;
@group(0) @binding(1) var<storage, read_write> to : array<vec4f>;
@group(0) @binding(2) var<storage, read> one : array<vec4f>;
${buffers === 3 ? "@group(0) @binding(3) var<storage, read> two : array<vec4f>;" : ""}
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(local_invocation_index) lane : u32, @builtin(workgroup_id) group : vec3u) {
  let first = (group.y * params.rowGroups + group.x) * ${WORKGROUP * EACH}u + lane;
  for (var j = 0u; j < ${EACH}u; j++) {
    let i = first + j * ${WORKGROUP}u;
    if (i < params.vectors) { ${line} }
  }
}`,
      uniforms: [words / 4, grid[0], floatBits(0.5)],
      buffers: [
        { words, write: true },
        { words, write: false },
        ...(buffers === 3 ? [{ words, write: false }] : []),
      ],
    },
  };
}

function floatBits(x: number): number {
  return new Uint32Array(Float32Array.of(x).buffer)[0]!;
}
