/**
 * Thread-block tiles that the vendors' libraries hold, with the resources of one block. SGEMM and
 * cuDNN tiles: kernel names and launches profiled in NeuSight. Registers are typical figures of such
 * kernels.
 */
import type { Architecture, Device } from "../device.ts";
import { KB, type Tile, tile } from "./tile.ts";

/** Libraries differ by these generations; an architecture runs one of them. */
export type Generation = "maxwell" | "volta" | "turing" | "ampere" | "ada" | "hopper";

const GENERATION: Readonly<Record<Architecture, Generation>> = {
  maxwell: "maxwell",
  pascal: "maxwell",
  volta: "volta",
  turing: "turing",
  ampere: "ampere",
  ada: "ada",
  hopper: "hopper",
  blackwell: "hopper",
  // No SGEMM of theirs is on record; the plain tiles stand in.
  adreno: "maxwell",
  mali: "maxwell",
  apple: "maxwell",
  other: "maxwell",
};

export function generationOf(device: Device): Generation {
  return GENERATION[device.architecture];
}

interface SgemmRates {
  readonly "128x64": number;
  readonly "64x64": number;
  readonly "128x32": number;
  readonly "32x128": number;
  readonly "128x32s": number;
  readonly "64x32s": number;
  readonly "32x32s": number;
}

function sgemm(rates: SgemmRates) {
  return {
    t128x128: tile("sgemm_128x128", [128, 128, 8], 256, 122, 32 * KB, 1),
    t128x64: tile("sgemm_128x64", [128, 64, 8], 128, 120, 16 * KB, rates["128x64"]),
    t64x64: tile("sgemm_64x64", [64, 64, 8], 64, 126, 8.25 * KB, rates["64x64"]),
    t128x32: tile("sgemm_128x32", [128, 32, 8], 256, 56, 16 * KB, rates["128x32"]),
    t32x128: tile("sgemm_32x128", [32, 128, 8], 256, 56, 16 * KB, rates["32x128"]),
    s128x32: tile("sgemm_128x32_sliced1x4", [128, 32, 32], 256, 80, 40 * KB, rates["128x32s"]),
    s64x32: tile("sgemm_64x32_sliced1x4", [64, 32, 32], 256, 80, 24 * KB, rates["64x32s"]),
    s32x32: tile("sgemm_32x32_sliced1x4", [32, 32, 32], 128, 84, 16 * KB, rates["32x32s"]),
  };
}

// Main-loop rates fitted per library generation with the launched tile known: ampere on A100,
// volta on V100, turing on T4, maxwell on P4.
const AMPERE = sgemm({
  "128x64": 0.96,
  "64x64": 0.93,
  "128x32": 0.84,
  "32x128": 0.84,
  "128x32s": 0.83,
  "64x32s": 0.76,
  "32x32s": 0.71,
});
const VOLTA = sgemm({
  "128x64": 0.96,
  "64x64": 0.87,
  "128x32": 0.83,
  "32x128": 0.8,
  "128x32s": 0.79,
  "64x32s": 0.73,
  "32x32s": 0.71,
});
const TURING = sgemm({
  "128x64": 0.93,
  "64x64": 0.85,
  "128x32": 0.6,
  "32x128": 0.5,
  "128x32s": 0.6,
  "64x32s": 0.6,
  "32x32s": 0.5,
});
const MAXWELL = sgemm({
  "128x64": 0.9,
  "64x64": 0.8,
  "128x32": 0.7,
  "32x128": 0.7,
  "128x32s": 0.5,
  "64x32s": 0.5,
  "32x32s": 0.5,
});
// With a transposed weight (`tn`, what a linear layer launches) the small Maxwell tiles are far slower.
const MAXWELL_TN_PLAIN = sgemm({
  "128x64": 0.8,
  "64x64": 0.54,
  "128x32": 0.45,
  "32x128": 0.57,
  "128x32s": 0.35,
  "64x32s": 0.35,
  "32x32s": 0.35,
});
// On P4 none of 1,131 profiled random shapes launched the two large tiles and all of 721 transformer
// shapes did. Multiples of 8 tell the two sets apart but for some 4 % of the random ones; whether the
// library looks at them or the sets were measured with two libraries, the table does not say.
const REGULAR = 8;
const MAXWELL_TN = {
  t128x128: {
    ...MAXWELL_TN_PLAIN.t128x128,
    reach: { bytes: 1.9e9, cost: 0.94 },
    multiple: REGULAR,
  },
  t128x64: { ...MAXWELL_TN_PLAIN.t128x64, reach: { bytes: 1.9e9, cost: 0.94 }, multiple: REGULAR },
  t64x64: { ...MAXWELL_TN_PLAIN.t64x64, reach: { bytes: 57e6, cost: 0.81 } },
  t128x32: { ...MAXWELL_TN_PLAIN.t128x32, reach: { bytes: 320e6, cost: 1 } },
  t32x128: { ...MAXWELL_TN_PLAIN.t32x128, reach: { bytes: 320e6, cost: 1 } },
};

const CUTLASS_256x128 = tile(
  "cutlass_80_simt_sgemm_256x128_8x4",
  [256, 128, 8],
  256,
  220,
  48 * KB,
  1.02,
);
const CUTLASS_128x256 = tile(
  "cutlass_80_simt_sgemm_128x256_8x4",
  [128, 256, 8],
  256,
  220,
  48 * KB,
  1.02,
);

/** `sm80_xmma_gemm` tiles: three stages, A and B in shared memory. */
function xmma(a: number, b: number, threads: number, rate: number): Tile {
  const registers = Math.min(250, (a * b) / threads + 72);
  return tile(`xmma_gemm_${a}x${b}x8`, [a, b, 8], threads, registers, 3 * (a + b) * 8 * 4, rate);
}
const XMMA = {
  t128x128: xmma(128, 128, 128, 1),
  t128x64: xmma(128, 64, 128, 0.96),
  t64x128: xmma(64, 128, 128, 0.96),
  t64x64: xmma(64, 64, 128, 0.9),
  t256x64: xmma(256, 64, 128, 0.98),
  t64x256: xmma(64, 256, 128, 0.98),
  t128x32: xmma(128, 32, 128, 0.85),
  t64x32: xmma(64, 32, 64, 0.75),
  t32x64: xmma(32, 64, 64, 0.75),
  t32x32: xmma(32, 32, 64, 0.65),
};

/** The tiles of one menu with the library's reluctance to use each. */
function menu(...entries: readonly (readonly [Tile, number])[]): readonly Tile[] {
  return entries.map(([t, reluctance]) => ({ ...t, reluctance }));
}

/** Without a transpose, in the libraries of DeepBench's boards. */
const MAXWELL_NN = sgemm({
  "128x64": 0.8,
  "64x64": 0.33,
  "128x32": 0.35,
  "32x128": 0.48,
  "128x32s": 0.35,
  "64x32s": 0.35,
  "32x32s": 0.35,
});

/** FP32 products with a shared weight; tiles are named [output features, rows]. */
const LINEAR: Readonly<Record<Generation, readonly Tile[]>> = {
  maxwell: menu(
    [MAXWELL_TN.t128x128, -0.1],
    [MAXWELL_TN.t128x64, 0.2],
    [MAXWELL_TN.t64x64, 0.1],
    [MAXWELL_TN.t128x32, 0.1],
    [MAXWELL_TN.t32x128, 0.1],
  ),
  volta: menu(
    [VOLTA.t128x128, 0],
    [VOLTA.t128x64, -0.02],
    [VOLTA.t64x64, 0.16],
    [VOLTA.t128x32, -0.05],
    [VOLTA.t32x128, -0.07],
    [VOLTA.s128x32, -0.06],
    [VOLTA.s64x32, -0.09],
    [VOLTA.s32x32, -0.03],
  ),
  turing: menu(
    [TURING.t128x128, -0.02],
    [TURING.t128x64, -0.03],
    [{ ...TURING.t64x64, rate: 0.97, reach: { bytes: 54e6, cost: 0.31 } }, 0.02],
    [TURING.t128x32, 0.02],
    [TURING.t32x128, -0.08],
    [TURING.s128x32, -0.01],
    [TURING.s64x32, 0.15],
    [TURING.s32x32, 0.12],
  ),
  ampere: menu(
    [AMPERE.t128x128, 0.03],
    [AMPERE.t128x64, -0.09],
    [AMPERE.t64x64, 0],
    [AMPERE.t128x32, -0.13],
    [AMPERE.t32x128, -0.12],
    [AMPERE.s128x32, -0.15],
    [AMPERE.s64x32, -0.15],
    [AMPERE.s32x32, -0.18],
    [CUTLASS_256x128, 0.15],
    [CUTLASS_128x256, 0.15],
  ),
  ada: menu(
    [AMPERE.t128x128, -0.24],
    [AMPERE.t128x64, -0.27],
    [AMPERE.t64x64, 0.1],
    [AMPERE.t32x128, 0.4],
    [AMPERE.s64x32, 0.14],
    [CUTLASS_256x128, -0.05],
    [CUTLASS_128x256, -0.12],
  ),
  hopper: menu(
    [XMMA.t128x128, 0],
    [XMMA.t128x64, 0],
    [XMMA.t64x128, 0],
    [XMMA.t64x64, 0],
    [XMMA.t256x64, 0],
    [XMMA.t128x32, 0],
    [XMMA.t64x32, 0],
    [CUTLASS_256x128, 0],
    [CUTLASS_128x256, 0],
  ),
};

/** Single products of two matrices that are stored as they are multiplied. */
const PLAIN: Readonly<Record<Generation, readonly Tile[]>> = {
  ...LINEAR,
  maxwell: menu(
    [MAXWELL_NN.t128x128, 0.1],
    [MAXWELL_NN.t128x64, 0.2],
    [MAXWELL_NN.t64x64, -0.06],
    [MAXWELL_NN.t128x32, -0.09],
    [MAXWELL_NN.t32x128, -0.11],
  ),
};

/** [of any split, for each doubling in e-folds]: a library's reluctance to split the reduction. */
export const SPLIT_RELUCTANCE: Readonly<Record<Generation, readonly [number, number]>> = {
  maxwell: [0.09, 0.2],
  volta: [0.03, 0.07],
  turing: [0, 0.05],
  ampere: [0.27, 0.08],
  ada: [0.02, 0.2],
  hopper: [0.27, 0.08],
};

/** Batched FP32 products. */
const BATCHED: Readonly<Record<Generation, readonly Tile[]>> = {
  maxwell: menu([MAXWELL.t128x64, 0], [MAXWELL.t128x128, 0.2]),
  volta: menu([VOLTA.t64x64, -0.23], [VOLTA.t32x128, -0.18], [VOLTA.t128x32, 0.19]),
  turing: menu(
    [TURING.t128x64, -0.04],
    [TURING.t64x64, 0.04],
    [TURING.t128x32, -0.04],
    [TURING.t32x128, 0.2],
  ),
  ampere: menu([AMPERE.t128x128, 0]),
  ada: menu([AMPERE.t128x128, 0]),
  hopper: [...Object.values(XMMA), CUTLASS_256x128],
};

/** The batched product inside non-fused Winograd; tiles are named [pixels, filters]. */
const WINOGRAD: Readonly<Record<Generation, readonly Tile[]>> = {
  maxwell: menu([MAXWELL.t64x64, 0.04], [MAXWELL.t32x128, -0.06]),
  volta: menu([VOLTA.t64x64, 0], [VOLTA.t32x128, 0], [VOLTA.t128x32, 0.28]),
  turing: menu([TURING.t128x64, -0.08], [TURING.t64x64, 0.04], [TURING.t128x32, -0.16]),
  ampere: menu([AMPERE.t128x128, 0]),
  ada: menu([AMPERE.t128x128, 0]),
  hopper: menu([AMPERE.t128x128, 0]),
};

const SCUDNN_128x128 = tile("scudnn_128x128", [128, 128, 8], 256, 122, 16 * KB, 1);
const SCUDNN_128x64 = tile("scudnn_128x64", [128, 64, 8], 128, 126, 12 * KB, 0.91);
const SCUDNN_128x32 = tile("scudnn_128x32", [128, 32, 8], 64, 126, 10 * KB, 0.86);
const SMALL = tile("implicit_convolve_sgemm_32x32", [32, 32, 8], 64, 80, 6 * KB, 0.52);

/** FP32 implicit GEMM of cuDNN; tiles are named [pixels, filters]. */
const IMPLICIT: Readonly<Record<Generation, readonly Tile[]>> = {
  maxwell: menu([SCUDNN_128x128, 0.13], [SCUDNN_128x64, 0], [SCUDNN_128x32, 0.1], [SMALL, 0.05]),
  volta: menu(
    [SCUDNN_128x128, 0.01],
    [SCUDNN_128x64, -0.13],
    [SCUDNN_128x32, 0.03],
    [SMALL, -0.12],
  ),
  turing: menu([SCUDNN_128x128, 0.05], [SCUDNN_128x64, -0.08], [SCUDNN_128x32, 0], [SMALL, 0.4]),
  ampere: menu([SCUDNN_128x64, 0.01], [SCUDNN_128x32, 0.12], [SMALL, -0.2]),
  ada: menu([SCUDNN_128x64, 0.01], [SCUDNN_128x32, 0.12], [SMALL, -0.2]),
  hopper: menu([SCUDNN_128x64, 0.01], [SCUDNN_128x32, 0.12], [SMALL, -0.2]),
};

export const MENUS = {
  linear: LINEAR,
  plain: PLAIN,
  batched: BATCHED,
  winograd: WINOGRAD,
  implicit: IMPLICIT,
};

/** The tiles of a library for one use, from which the model takes the fastest. */
export function tilesFor(use: keyof typeof MENUS, device: Device): readonly Tile[] {
  return MENUS[use][generationOf(device)];
}
