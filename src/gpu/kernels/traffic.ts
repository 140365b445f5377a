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
 * @returns bytes read from DRAM for one product
 */
export function operandReads(
  aBytes: number,
  columns: number,
  bBytes: number,
  rows: number,
  slots: number,
  device: Device,
): number {
  const footprint = aBytes + bBytes;
  if (footprint <= device.l2Bytes) return footprint;
  // x runs fastest: a wave covers whole rows of tiles, or a part of one.
  const rowsAtATime = Math.min(rows, Math.max(1, slots / columns));
  const wavesPerRow = Math.max(1, columns / slots);
  const everyWave = (aBytes * rows) / rowsAtATime + bBytes * wavesPerRow;
  const missing = 1 - device.l2Bytes / footprint;
  return footprint + missing * (everyWave - footprint);
}
