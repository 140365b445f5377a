/**
 * What a gather or scatter of blocks costs in DRAM bytes. Memory is read and written in sectors of 32
 * bytes (NVIDIA, CUDA C++ Best Practices Guide, "Coalesced Access to Global Memory"): the rows of a
 * block are short runs, and a run that starts anywhere touches more sectors than it fills.
 */
import type { Device } from "../device.ts";

export const SECTOR_BYTES = 32;

/** A rectangle of positions cut from a feature map, for each block. */
export interface Cut {
  readonly blocks: number;
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  /** Columns of the map: rows that reach over all of it join to one run. */
  readonly mapColumns: number;
  readonly bytesPerElement: number;
  readonly channelsLast: boolean;
}

/**
 * Bytes of all sectors that the runs of a cut touch. Over all starts that are multiples of a bytes, a
 * run of r bytes (a multiple of a) touches (r + 32 - a) / 32 sectors on average, exactly.
 */
export function touchedBytes(cut: Cut): number {
  const { blocks, channels, rows, columns, mapColumns, bytesPerElement, channelsLast } = cut;
  const inner = channelsLast ? channels : 1;
  const outer = channelsLast ? 1 : channels;
  const whole = columns >= mapColumns;
  const runs = blocks * outer * (whole ? 1 : rows);
  const runBytes = Math.min(columns, mapColumns) * inner * (whole ? rows : 1) * bytesPerElement;
  return runs * (runBytes + SECTOR_BYTES - gcd(inner * bytesPerElement, SECTOR_BYTES));
}

/** Bytes asked for over bytes of touched sectors, (0, 1]. */
export function sectorEfficiency(cut: Cut): number {
  const asked =
    cut.blocks *
    cut.channels *
    cut.rows *
    Math.min(cut.columns, cut.mapColumns) *
    cut.bytesPerElement;
  return asked / touchedBytes(cut);
}

/**
 * DRAM bytes of touching `touched` bytes of a map of `mapBytes`: halos and sectors that neighbouring
 * blocks share come from L2 as far as the map fits there, by the rule of `kernels/traffic.ts`.
 */
export function dramBytes(touched: number, mapBytes: number, device: Device): number {
  const once = Math.min(touched, mapBytes);
  if (mapBytes <= device.l2Bytes) return once;
  return once + (1 - device.l2Bytes / mapBytes) * (touched - once);
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
