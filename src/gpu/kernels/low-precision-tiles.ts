/**
 * Tiles of tensor cores, for all their precisions, and of byte products before Ampere. Tensor-core
 * tiles: the list that CUTLASS builds by default. Registers are typical figures of such kernels.
 */
import type { Device } from "../device.ts";
import type { SmLimits } from "../occupancy.ts";
import { bytesPerElement } from "../precision.ts";
import type { Precision } from "../types.ts";
import { KB, type Tile, tile } from "./tile.ts";

/** [a, b, stages with asynchronous copies, warps] of CUTLASS's default tensor-core tiles. */
const TENSOR: readonly (readonly [number, number, number, number])[] = [
  [256, 128, 3, 8],
  [128, 256, 3, 8],
  [256, 64, 4, 4],
  [64, 256, 4, 4],
  [128, 128, 3, 4],
  [128, 64, 6, 4],
  [64, 128, 6, 4],
  [64, 64, 6, 4],
];

const tensorMenus = new WeakMap<SmLimits, Map<Precision, readonly Tile[]>>();

/** Tensor-core tiles that fit the device: 64 bytes of reduction a stage. */
export function tensorTiles(device: Device, precision: Precision): readonly Tile[] {
  let byPrecision = tensorMenus.get(device.limits);
  if (byPrecision === undefined) {
    byPrecision = new Map();
    tensorMenus.set(device.limits, byPrecision);
  }
  let tiles = byPrecision.get(precision);
  if (tiles === undefined) {
    const asynchronous = Number(device.computeCapability) >= 8;
    const k = 64 / bytesPerElement(precision);
    tiles = TENSOR.map(([a, b, stages, warps]) => {
      const registers = Math.min(255, (a * b) / (warps * 32) + 90);
      const shared = (asynchronous ? stages : 2) * (a + b) * 64;
      const rate = Math.min(1, ((a * b) / (128 * 128)) ** 0.15);
      return tile(`${precision}_${a}x${b}x${k}`, [a, b, k], warps * 32, registers, shared, rate);
    }).filter((t) => t.sharedBytes <= device.limits.sharedBytesPerBlock);
    byPrecision.set(precision, tiles);
  }
  return tiles;
}

const DP4A_128x128 = tile("dp4a_128x128", [128, 128, 32], 256, 122, 16 * KB, 1);
const DP4A_128x32 = tile("dp4a_128x32", [128, 32, 32], 256, 64, 10 * KB, 0.75);
const DP4A_128x16 = tile("dp4a_128x16", [128, 16, 32], 256, 64, 9 * KB, 0.67);
const DP4A = [DP4A_128x128];

/**
 * INT8 products before Ampere. DeepBench's tall ones of 35 rows take 41 ns a step on T4 and 19 on GTX
 * 1080 Ti, the pace of one 128 x 128 tile on one SM; only one or two rows (Turing: four) run on narrow
 * tiles, at 7 ns a step whatever the width.
 */
export function dp4aTiles(device: Device, rows: number): readonly Tile[] {
  if (device.architecture === "turing") return rows <= 4 ? [DP4A_128x16] : DP4A;
  return rows <= 2 ? [DP4A_128x32] : DP4A;
}

/** The tiles of INT8 convolutions before Ampere; on matrix units also one for few filters. */
export function byteConvTiles(device: Device): readonly Tile[] {
  if (!device.tensor.int8) return DP4A;
  return tensorTiles(device, "int8").filter(
    ({ a, b }) => (a === 128 && b === 128) || (a === 256 && b === 64),
  );
}
