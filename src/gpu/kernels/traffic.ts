/**
 * DRAM reads of a tiled product. The blocks of one wave walk along the reduction together, so a
 * wave reads each row and column of tiles that it covers once; what an earlier wave read is in L2
 * only as far as the operands fit there.
 */
import type { Device } from "../device.ts";

/**
 * @param aBytes operand that the grid's x axis walks over, `columns` tiles of it
 * @param bBytes operand of the y axis, `rows` tiles
 * @param slots blocks that run at a time
 * @returns bytes of each operand read from DRAM for one product
 */
export function operandReads(
  aBytes: number,
  columns: number,
  bBytes: number,
  rows: number,
  slots: number,
  device: Device,
): { readonly a: number; readonly b: number } {
  const footprint = aBytes + bBytes;
  if (footprint <= device.l2Bytes) return { a: aBytes, b: bBytes };
  // x runs fastest: a wave covers whole rows of tiles, or a part of one.
  const rowsAtATime = Math.min(rows, Math.max(1, slots / columns));
  const wavesPerRow = Math.max(1, columns / slots);
  const missing = 1 - device.l2Bytes / footprint;
  return {
    a: aBytes * (1 + missing * (rows / rowsAtATime - 1)),
    b: bBytes * (1 + missing * (wavesPerRow - 1)),
  };
}

/** Length of a row, in elements, from which its reads cost most of what they ever will. */
const LONG_ROW = 100;

/**
 * What a byte costs of an operand stored along the reduction. A block reads 32 bytes of each of its
 * rows at a time, so with long rows the blocks that run hold tens of thousands of DRAM pages open
 * and close them between two reads; short rows lie side by side in one page.
 */
export function rowCost(k: number, device: Device): number {
  return 1 + (device.parameters.stridedReads - 1) * (k / (k + LONG_ROW));
}
