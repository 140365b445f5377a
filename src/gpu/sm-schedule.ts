/**
 * Which SM computes which blocks of a kernel, and when. Blocks go to SMs one by one, round robin, so
 * that SMs hold either ceil(B / n) or floor(B / n) of them; the blocks resident on one SM share it,
 * so that a block takes a share of the SM rather than of the wave. With t the time of the kernel over
 * the blocks of its busiest SM, an SM with m blocks is busy for m t: the same law as the cost model's
 * rounds (`cost.ts`), drawn block by block.
 */
import { invariant } from "../base/errors.ts";

/** What one SM does in one wave of a kernel. Microseconds from the kernel's start. */
export interface WaveSlice {
  /** From 1; with `waves` above 1, the first of that many equal ones. */
  readonly wave: number;
  readonly waves: number;
  /** Resident blocks in each of these waves. */
  readonly blocks: number;
  readonly startUs: number;
  readonly durationUs: number;
}

/** SMs that do the same. */
export interface SmGroup {
  readonly firstSm: number;
  readonly smCount: number;
  readonly blocks: number;
  readonly slices: readonly WaveSlice[];
}

export interface KernelGrid {
  readonly blocks: number;
  readonly blocksPerSm: number;
  readonly timeUs: number;
}

/** @param merged full waves of an SM as one slice */
export function smSchedule(kernel: KernelGrid, smCount: number, merged = false): SmGroup[] {
  const { blocks, blocksPerSm } = kernel;
  invariant(blocks > 0 && blocksPerSm > 0 && smCount > 0, "a schedule needs blocks and SMs");
  const fewest = Math.floor(blocks / smCount);
  const withOneMore = blocks - fewest * smCount;
  const blockUs = kernel.timeUs / Math.ceil(blocks / smCount);
  const group = (firstSm: number, sms: number, own: number): SmGroup => ({
    firstSm,
    smCount: sms,
    blocks: own,
    slices: slices(own, blocksPerSm, blockUs, merged),
  });
  return [
    group(0, withOneMore, fewest + 1),
    group(withOneMore, smCount - withOneMore, fewest),
  ].filter((g) => g.smCount > 0 && g.blocks > 0);
}

/** How many slices `smSchedule` makes over all SMs, without making them. */
export function sliceCount(kernel: KernelGrid, smCount: number, merged = false): number {
  const { blocks, blocksPerSm } = kernel;
  const fewest = Math.floor(blocks / smCount);
  const withOneMore = blocks - fewest * smCount;
  const each = (own: number): number => {
    const full = Math.floor(own / blocksPerSm);
    const rest = own % blocksPerSm > 0 ? 1 : 0;
    return (merged ? Math.min(full, 1) : full) + rest;
  };
  return withOneMore * each(fewest + 1) + (smCount - withOneMore) * each(fewest);
}

function slices(own: number, resident: number, blockUs: number, merged: boolean): WaveSlice[] {
  const full = Math.floor(own / resident);
  const rest = own - full * resident;
  const waveUs = resident * blockUs;
  const out: WaveSlice[] = [];
  if (merged && full > 1)
    out.push({ wave: 1, waves: full, blocks: resident, startUs: 0, durationUs: full * waveUs });
  else
    for (let w = 0; w < full; w++)
      out.push({
        wave: w + 1,
        waves: 1,
        blocks: resident,
        startUs: w * waveUs,
        durationUs: waveUs,
      });
  if (rest > 0)
    out.push({
      wave: full + 1,
      waves: 1,
      blocks: rest,
      startUs: full * waveUs,
      durationUs: rest * blockUs,
    });
  return out;
}
