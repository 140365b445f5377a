/**
 * A tiled contraction (GEMM or a convolution lowered to one): the time of one choice of tile and
 * split, and the fastest choice of a menu.
 */
import {
  effectiveRounds,
  latencyHiding,
  residentBlocks,
  type TimedKernel,
  type TimeParts,
  timed,
  warpsOf,
} from "../cost.ts";
import type { Device } from "../device.ts";
import type { Precision } from "../types.ts";
import { bytesPerElement, type Tile } from "./tiles.ts";

/** `batch` products of A [extentA, k] and B [k, extentB]; `extentA` goes with the tile's `a`. */
export interface Contraction {
  readonly algorithm: string;
  readonly batch: number;
  readonly extentA: number;
  readonly extentB: number;
  readonly k: number;
  /** MACs that the kernel's arithmetic takes for one of the contraction; 1 but for Winograd. */
  readonly dramBytes: number;
  readonly flops: number;
  readonly efficiency: number;
  /** Largest split of the reduction that the library considers; 1: none. */
  readonly maxSplit: number;
}

const BASE_TILE_AREA = 128 * 128;

export function contractionParts(
  c: Contraction,
  tile: Tile,
  splitK: number,
  device: Device,
  precision: Precision,
): TimeParts {
  const p = device.parameters;
  const tensor = device.tensor[precision];
  const bytes = bytesPerElement(precision);
  const blocks = Math.ceil(c.extentA / tile.a) * Math.ceil(c.extentB / tile.b) * c.batch * splitK;
  const resident = residentBlocks(device, tile.threads, tile.registers, tile.sharedBytes);
  const rounds = effectiveRounds(blocks, device);
  const hiding = latencyHiding(blocks, resident, warpsOf(tile.threads), device);
  const macsPerClock = device.macsPerClock[precision]!;
  const clock = tensor ? device.tensorClockMhz : device.clockMhz;
  const base = tensor ? p.tensorEfficiency : p.gemmEfficiency;
  const area = tile.a * tile.b;
  const efficiency =
    base * c.efficiency * Math.min(1, (area / BASE_TILE_AREA) ** p.smallTileLoss) * hiding;
  const steps = Math.ceil(c.k / splitK) + (tensor ? p.tensorOverheadSteps : p.overheadSteps);
  const blockUs = (area * steps) / (macsPerClock * clock * efficiency);
  const partial = splitK > 1 ? 8 * splitK * c.batch * c.extentA * c.extentB : 0;
  const dramUs = (c.dramBytes + partial) / (device.dramBytesPerUs * p.dramEfficiency);
  const l2Bytes = blocks * (tile.a + tile.b) * Math.ceil(c.k / splitK) * bytes;
  const l2Us = l2Bytes / (device.smCount * p.l2BytesPerClock * device.clockMhz);
  return {
    launchUs: splitK > 1 ? 2 * p.launchUs : p.launchUs,
    computeUs: rounds * blockUs,
    balancedUs: (blocks / device.smCount) * blockUs,
    memoryUs: Math.max(dramUs, l2Us),
  };
}

const SPLITS = [1, 2, 3, 4, 6, 8, 12, 16];

/** The fastest tile and split of a menu. */
export function fastestContraction(
  c: Contraction,
  tiles: readonly Tile[],
  device: Device,
  precision: Precision,
): TimedKernel {
  let best: { tile: Tile; splitK: number; parts: TimeParts; us: number } | undefined;
  for (const tile of tiles) {
    for (const splitK of SPLITS) {
      if (splitK > c.maxSplit || (splitK > 1 && c.k / splitK < 4 * tile.k)) break;
      const parts = contractionParts(c, tile, splitK, device, precision);
      const us = parts.launchUs + Math.max(parts.computeUs, parts.memoryUs);
      if (best === undefined || us < best.us) best = { tile, splitK, parts, us };
    }
  }
  const { tile, splitK, parts } = best!;
  return timed(
    {
      name: splitK > 1 ? `${tile.name}_splitk${splitK}` : tile.name,
      algorithm: c.algorithm,
      tile: [tile.a, tile.b, tile.k],
      splitK,
      grid: [Math.ceil(c.extentA / tile.a), Math.ceil(c.extentB / tile.b), c.batch * splitK],
      block: tile.threads,
      registersPerThread: tile.registers,
      sharedBytesPerBlock: tile.sharedBytes,
      flops: c.flops,
      dramBytes: c.dramBytes,
    },
    parts,
    device,
  );
}
