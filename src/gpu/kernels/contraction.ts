/**
 * A tiled contraction (GEMM or a convolution lowered to one): the time of one choice of tile and
 * split, and the fastest choice of a menu.
 */
import {
  blockParts,
  partsUs,
  residentBlocks,
  type TimedKernel,
  type TimeParts,
  timed,
  warpsOf,
} from "../cost.ts";
import type { Device } from "../device.ts";
import type { LaunchChoice } from "./index.ts";
import type { MainLoop } from "./main-loop.ts";
import type { Tile } from "./tile.ts";
import { generationOf, SPLIT_RELUCTANCE } from "./tiles.ts";
import { operandReads, rowCost } from "./traffic.ts";

/** `batch` products of A [extentA, k] and B [k, extentB]; `extentA` goes with the tile's `a`. */
export interface Contraction {
  readonly algorithm: string;
  readonly batch: number;
  readonly extentA: number;
  readonly extentB: number;
  readonly k: number;
  /** Of one product: the operand along `extentA`, the one along `extentB`. */
  readonly aBytes: number;
  readonly bBytes: number;
  /** Which operands are stored along the reduction. */
  readonly rowsAlongK: "none" | "b" | "both";
  /** Everything else that passes DRAM: results, residuals. */
  readonly otherBytes: number;
  readonly flops: number;
  readonly loop: MainLoop;
  /** Further share of the issue rate: misaligned operands. */
  readonly efficiency: number;
  /** Largest split of the reduction that the library considers; 1: none. */
  readonly maxSplit: number;
  /** Small helper kernels (offset tables) launched before it. */
  readonly extraLaunches: number;
}

export function contractionParts(
  c: Contraction,
  tile: Tile,
  splitK: number,
  device: Device,
): TimeParts {
  const { loop } = c;
  const columns = Math.ceil(c.extentA / tile.a);
  const rows = Math.ceil(c.extentB / tile.b);
  const blocks = columns * rows * c.batch * splitK;
  const resident = residentBlocks(device, tile.threads, tile.registers, tile.sharedBytes);
  const steps = Math.ceil(c.k / splitK) + loop.overheadSteps;
  // Every part of a split reduction is written and read back in FP32.
  const partial = splitK > 1 ? 8 * splitK * c.batch * c.extentA * c.extentB : 0;
  return blockParts(
    {
      blocks,
      resident,
      warpsPerBlock: warpsOf(tile.threads),
      macsPerBlock: tile.a * tile.b * steps,
      macsPerClock: loop.macsPerClock,
      mhz: loop.mhz,
      efficiency: (loop.efficiency * c.efficiency * tile.rate) / translation(c, tile),
      dramBytes: traffic(c, columns, rows, resident * device.smCount, device).cost + partial,
      l2Bytes: blocks * (tile.a + tile.b) * steps * loop.bytesPerElement,
      launchUs: device.parameters.launchUs * (1 + c.extraLaunches),
    },
    device,
  );
}

/** Slowdown where the operands exceed the reach of address translations; see {@link Tile.reach}. */
function translation(c: Contraction, { reach }: Tile): number {
  if (reach === undefined) return 1;
  return 1 + reach.cost * Math.log1p((c.batch * (c.aBytes + c.bBytes)) / reach.bytes);
}

/** Bytes, and what they cost in bytes of streaming. */
function traffic(
  c: Contraction,
  columns: number,
  rows: number,
  slots: number,
  device: Device,
): { readonly bytes: number; readonly cost: number } {
  const { a, b } = operandReads(c.aBytes, columns, c.bBytes, rows, slots, device);
  const bytes = c.otherBytes + c.batch * (a + b);
  if (c.rowsAlongK === "none") return { bytes, cost: bytes };
  const strided = c.batch * (c.rowsAlongK === "both" ? a + b : b);
  const more =
    strided * (rowCost(c.k, device) - 1) + c.otherBytes * (device.parameters.tileWrites - 1);
  return { bytes, cost: bytes + more };
}

function suits(c: Contraction, { multiple }: Tile): boolean {
  if (multiple === undefined) return true;
  return [c.extentA, c.extentB, c.k].filter((extent) => extent % multiple === 0).length >= 2;
}

/** Splits of the reduction seen in profiled launches. */
const SPLITS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 16, 18, 20, 24, 32, 40];
/** A part of a split reduction keeps at least this many steps. */
const SHORTEST_SPLIT = 64;

/** The tile and split of a menu that the library would take, or the one that `choice` names. */
export function planContraction(
  c: Contraction,
  tiles: readonly Tile[],
  device: Device,
  choice?: LaunchChoice,
): TimedKernel {
  let tile = tiles[0]!;
  let splitK = 1;
  let parts: TimeParts | undefined;
  let bestScore = Number.POSITIVE_INFINITY;
  const [anySplit, perFold] = SPLIT_RELUCTANCE[generationOf(device)];
  for (const t of tiles) {
    if (choice?.tile === undefined ? !suits(c, t) : choice.tile !== t.name) continue;
    for (const split of choice?.splitK === undefined ? SPLITS : [choice.splitK]) {
      const tooShort = split > c.maxSplit || (split > 1 && c.k / split < SHORTEST_SPLIT);
      if (tooShort && choice?.splitK === undefined) break;
      const candidate = contractionParts(c, t, split, device);
      const reluctance = t.reluctance + (split > 1 ? anySplit + perFold * Math.log(split) : 0);
      const score = partsUs(candidate) * Math.exp(reluctance);
      if (score < bestScore) {
        tile = t;
        splitK = split;
        parts = candidate;
        bestScore = score;
      }
    }
  }
  parts ??= contractionParts(c, tile, splitK, device);
  const grid: [number, number, number] = [
    Math.ceil(c.extentA / tile.a),
    Math.ceil(c.extentB / tile.b),
    c.batch * splitK,
  ];
  return timed(
    {
      name: tile.name,
      algorithm: c.algorithm,
      tile: [tile.a, tile.b, tile.k],
      splitK,
      grid,
      block: tile.threads,
      registersPerThread: tile.registers,
      sharedBytesPerBlock: tile.sharedBytes,
      flops: c.flops,
      dramBytes: traffic(
        c,
        grid[0],
        grid[1],
        device.smCount * residentBlocks(device, tile.threads, tile.registers, tile.sharedBytes),
        device,
      ).bytes,
    },
    parts,
    device,
  );
}
