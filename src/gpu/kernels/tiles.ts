/**
 * Thread-block tiles that the vendors' libraries hold, with the resources of one block. SGEMM and
 * cuDNN tiles: kernel names and launches profiled in NeuSight; tensor-core tiles: the list that
 * CUTLASS builds by default. Registers are typical figures of such kernels.
 */
import type { Architecture, Device } from "../device.ts";
import type { Precision } from "../types.ts";

export interface Tile {
  readonly name: string;
  /** Extent along the output features of a linear layer, or the pixels of a convolution. */
  readonly a: number;
  /** Extent along the rows of a linear layer, or the filters of a convolution. */
  readonly b: number;
  /** Reduction steps staged at once. */
  readonly k: number;
  readonly threads: number;
  readonly registers: number;
  readonly sharedBytes: number;
}

function tile(
  name: string,
  a: number,
  b: number,
  k: number,
  threads: number,
  registers: number,
  sharedBytes: number,
): Tile {
  return { name, a, b, k, threads, registers, sharedBytes };
}

const KB = 1024;
const SGEMM = {
  t128x128: tile("sgemm_128x128", 128, 128, 8, 256, 122, 32 * KB),
  t128x64: tile("sgemm_128x64", 128, 64, 8, 128, 120, 16 * KB),
  t64x64: tile("sgemm_64x64", 64, 64, 8, 64, 126, 8.25 * KB),
  t128x32: tile("sgemm_128x32", 128, 32, 8, 256, 56, 16 * KB),
  t32x128: tile("sgemm_32x128", 32, 128, 8, 256, 56, 16 * KB),
  t128x32s: tile("sgemm_128x32_sliced1x4", 128, 32, 32, 256, 80, 40 * KB),
  t64x32s: tile("sgemm_64x32_sliced1x4", 64, 32, 32, 256, 80, 24 * KB),
  t32x32s: tile("sgemm_32x32_sliced1x4", 32, 32, 32, 128, 84, 16 * KB),
  c256x128: tile("cutlass_80_simt_sgemm_256x128_8x4", 256, 128, 8, 256, 220, 48 * KB),
  c128x256: tile("cutlass_80_simt_sgemm_128x256_8x4", 128, 256, 8, 256, 220, 48 * KB),
};

/** Which generation of the vendor's library an architecture's boards run. */
type Generation = "maxwell" | "volta" | "turing" | "ampere";

function generation(architecture: Architecture): Generation {
  if (architecture === "maxwell" || architecture === "pascal") return "maxwell";
  return architecture === "volta" || architecture === "turing" ? architecture : "ampere";
}

const { t128x128, t128x64, t64x64, t128x32, t32x128, t128x32s, t64x32s, t32x32s } = SGEMM;
const PLAIN = [t128x128, t128x64, t64x64, t128x32, t32x128];
const SLICED = [...PLAIN, t128x32s, t64x32s, t32x32s];

const LINEAR: Readonly<Record<Generation, readonly Tile[]>> = {
  maxwell: PLAIN,
  volta: SLICED,
  turing: SLICED,
  ampere: [...SLICED, SGEMM.c256x128, SGEMM.c128x256],
};

/** FP32 GEMM tiles of the library that an architecture's boards run. */
export function sgemmTiles(architecture: Architecture): readonly Tile[] {
  return LINEAR[generation(architecture)];
}

const IMPLICIT: readonly Tile[] = [
  tile("scudnn_128x128", 128, 128, 8, 256, 122, 16 * KB),
  tile("scudnn_128x64", 128, 64, 8, 128, 126, 12 * KB),
  tile("scudnn_128x32", 128, 32, 8, 64, 126, 10 * KB),
];
const IMPLICIT_SMALL = tile("implicit_convolve_sgemm_32x32", 32, 32, 8, 64, 80, 6 * KB);

/** FP32 implicit-GEMM convolution tiles of cuDNN. */
export function implicitTiles(): readonly Tile[] {
  return [...IMPLICIT, IMPLICIT_SMALL];
}

const WINOGRAD_GEMM: Readonly<Record<Generation, readonly Tile[]>> = {
  maxwell: [t64x64, t32x128],
  volta: [t64x64, t32x128, t128x32],
  turing: [t128x64, t64x64, t128x32],
  ampere: [t128x128],
};

/** Tiles of the batched SGEMM inside non-fused Winograd. */
export function winogradGemmTiles(architecture: Architecture): readonly Tile[] {
  return WINOGRAD_GEMM[generation(architecture)];
}

const BATCHED: Readonly<Record<Generation, readonly Tile[]>> = {
  maxwell: [t128x64, t128x128],
  volta: [t64x64, t32x128, t128x32],
  turing: [t128x64, t64x64, t128x32, t32x128],
  ampere: [t128x128],
};

/** Batched SGEMM whose right side is not transposed. */
export function batchedTiles(architecture: Architecture): readonly Tile[] {
  return BATCHED[generation(architecture)];
}

function tensorTile(a: number, b: number, k: number, stages: number, warps: number, bytes: number) {
  const accumulators = (a * b) / (warps * 32);
  const registers = Math.min(255, accumulators + 90);
  return tile(`${a}x${b}x${k}`, a, b, k, warps * 32, registers, stages * (a + b) * k * bytes);
}

const MULTISTAGE: readonly (readonly [number, number, number, number])[] = [
  [256, 128, 3, 8],
  [128, 256, 3, 8],
  [256, 64, 4, 4],
  [64, 256, 4, 4],
  [128, 128, 3, 4],
  [128, 64, 6, 4],
  [64, 128, 6, 4],
  [64, 64, 6, 4],
];

/** Tensor-core tiles by architecture and element size (CUTLASS's default list). */
function tensorTileList(device: Device, precision: Precision): readonly Tile[] {
  const bytes = bytesPerElement(precision);
  const multistage = Number(device.computeCapability) >= 8;
  const k = 64 / bytes;
  return MULTISTAGE.map(([a, b, stages, warps]) =>
    tensorTile(a, b, k, multistage ? stages : 2, warps, bytes),
  ).filter((t) => t.sharedBytes <= device.limits.sharedBytesPerBlock);
}

const cache = new WeakMap<Device, Map<Precision, readonly Tile[]>>();
export function tensorTiles(device: Device, precision: Precision): readonly Tile[] {
  let byPrecision = cache.get(device);
  if (byPrecision === undefined) {
    byPrecision = new Map();
    cache.set(device, byPrecision);
  }
  let tiles = byPrecision.get(precision);
  if (tiles === undefined) {
    tiles = tensorTileList(device, precision);
    byPrecision.set(precision, tiles);
  }
  return tiles;
}

export function bytesPerElement(precision: Precision): number {
  switch (precision) {
    case "fp32":
    case "tf32":
      return 4;
    case "fp16":
    case "bf16":
      return 2;
    case "int8":
      return 1;
  }
}
