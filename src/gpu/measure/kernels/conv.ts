/**
 * A convolution as implicit GEMM, FP32, NCHW, square kernel, stride 1, padding that keeps the side:
 * rows are output pixels, columns are filters, and the reduction runs over channels x kernel.
 */
import type { Workload } from "../types.ts";
import { GEMM_THREADS, gemmShader, gemmStorageBytes, type Tile } from "./tiled-gemm.ts";

export const CONV_TILE: Tile = { rows: 64, columns: 32 };

export interface ConvSizes {
  readonly batch: number;
  /** Input channels. */
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly filters: number;
  /** Side of the kernel, odd. */
  readonly kernel: number;
}

/** Grid: ceil(batch height width / 64) x ceil(filters / 32). Buffers: output, input, weights. */
export function conv(sizes: ConvSizes, sweep: string): Workload {
  const { batch, channels, height, width, filters, kernel } = sizes;
  const pixels = batch * height * width;
  const depth = channels * kernel * kernel;
  const words = {
    output: pixels * filters,
    input: pixels * channels,
    weights: filters * depth,
  };
  return {
    kernel: "conv",
    sweep,
    sizes: { ...sizes },
    grid: [Math.ceil(pixels / CONV_TILE.rows), Math.ceil(filters / CONV_TILE.columns), 1],
    workgroup: GEMM_THREADS,
    workgroupStorageBytes: gemmStorageBytes(CONV_TILE),
    repeat: 1,
    flops: 2 * pixels * filters * depth,
    bytes: 4 * (words.output + words.input + words.weights),
    program: {
      code: CODE,
      uniforms: [pixels, filters, depth, channels, height, width, kernel],
      buffers: [
        { words: words.output, write: true },
        { words: words.input, write: false },
        { words: words.weights, write: false },
      ],
    },
  };
}

const CODE = gemmShader({
  tile: CONV_TILE,
  params:
    "rows : u32, columns : u32, depth : u32, channels : u32, height : u32, width : u32, kernel : u32",
  buffers: `
@group(0) @binding(1) var<storage, read_write> y : array<f32>;
@group(0) @binding(2) var<storage, read> x : array<f32>;
@group(0) @binding(3) var<storage, read> w : array<f32>;`,
  loadRow: `
fn loadRow(row : u32, k : u32) -> f32 {
  let area = params.height * params.width;
  let window = params.kernel * params.kernel;
  let n = row / area;
  let pixel = row % area;
  let c = k / window;
  let tap = k % window;
  let pad = i32(params.kernel / 2u);
  let v = i32(pixel / params.width) + i32(tap / params.kernel) - pad;
  let u = i32(pixel % params.width) + i32(tap % params.kernel) - pad;
  if (v < 0 || u < 0 || v >= i32(params.height) || u >= i32(params.width)) { return 0.0; }
  return x[((n * params.channels + c) * params.height + u32(v)) * params.width + u32(u)];
}`,
  loadColumn:
    "fn loadColumn(column : u32, k : u32) -> f32 { return w[column * params.depth + k]; }",
  store: `
fn store(row : u32, column : u32, value : f32) {
  let area = params.height * params.width;
  y[((row / area) * params.columns + column) * area + row % area] = value;
}`,
});
