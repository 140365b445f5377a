/** C[m, n] = A[m, k] B[k, n], FP32, row-major. */
import type { Workload } from "../types.ts";
import { GEMM_THREADS, gemmShader, gemmStorageBytes, type Tile } from "./tiled-gemm.ts";

export const MATMUL_TILE: Tile = { rows: 64, columns: 64 };

export interface MatmulSizes {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Grid: ceil(m / 64) x ceil(n / 64). Buffers: C, A, B. */
export function matmul(sizes: MatmulSizes, sweep: string): Workload {
  const { m, n, k } = sizes;
  const tile = MATMUL_TILE;
  return {
    kernel: "matmul",
    sweep,
    sizes: { m, n, k },
    grid: [Math.ceil(m / tile.rows), Math.ceil(n / tile.columns), 1],
    workgroup: GEMM_THREADS,
    workgroupStorageBytes: gemmStorageBytes(tile),
    repeat: 1,
    flops: 2 * m * n * k,
    bytes: 4 * (m * k + k * n + m * n),
    program: {
      code: CODE,
      uniforms: [m, n, k],
      buffers: [
        { words: m * n, write: true },
        { words: m * k, write: false },
        { words: k * n, write: false },
      ],
    },
  };
}

const CODE = gemmShader({
  tile: MATMUL_TILE,
  params: "rows : u32, columns : u32, depth : u32",
  buffers: `
@group(0) @binding(1) var<storage, read_write> c : array<f32>;
@group(0) @binding(2) var<storage, read> a : array<f32>;
@group(0) @binding(3) var<storage, read> b : array<f32>;`,
  loadRow: "fn loadRow(row : u32, k : u32) -> f32 { return a[row * params.depth + k]; }",
  loadColumn:
    "fn loadColumn(column : u32, k : u32) -> f32 { return b[k * params.columns + column]; }",
  store:
    "fn store(row : u32, column : u32, value : f32) { c[row * params.columns + column] = value; }",
});
