/**
 * Fused Winograd F(2x2, 3x3): 32 output tiles x 32 filters a block, transforms inside, 2.25 times
 * fewer multiplications (cuDNN's scudnn_winograd_128x128). The tile variants arrange the 32 output
 * tiles over images, rows and columns; exact on 8,170 profiled launches.
 */
import type { ConvWork } from "../../ops/types.ts";
import {
  effectiveRounds,
  latencyHiding,
  residentBlocks,
  type TimedKernel,
  timed,
  warpsOf,
} from "../cost.ts";
import type { Device } from "../device.ts";
import type { PlanOptions } from "./index.ts";
import { lowerConv } from "./shape.ts";

/** [images, 2-row groups, 2-column groups] of one block's output tiles, as the kernel's name says. */
export const FUSED_VARIANTS: readonly (readonly [number, number, number])[] = [
  [1, 4, 8],
  [4, 4, 2],
  [2, 4, 4],
  [2, 2, 8],
  [4, 2, 4],
  [4, 1, 8],
];
const THREADS = 256;
const REGISTERS = 128;
const SHARED = 48 * 1024;
const FILTERS = 32;

export function fusedGrid(
  work: ConvWork,
  variant: readonly [number, number, number],
): readonly [number, number, number] {
  const [i, j, k] = variant;
  const rows = Math.ceil(work.output[0]! / (2 * j));
  const columns = Math.ceil(work.output[1]! / (2 * k));
  return [Math.ceil(work.batch / i) * rows * columns, Math.ceil(work.outChannels / FILTERS), 1];
}

export function planWinogradFused(
  work: ConvWork,
  device: Device,
  options: PlanOptions,
): readonly TimedKernel[] {
  const p = device.parameters;
  let best: readonly [number, number, number] | undefined;
  let blocks = Number.POSITIVE_INFINITY;
  let grid: readonly [number, number, number] = [1, 1, 1];
  for (const variant of FUSED_VARIANTS) {
    const g = fusedGrid(work, variant);
    if (g[0] * g[1] < blocks) {
      best = variant;
      grid = g;
      blocks = g[0] * g[1];
    }
  }
  const lowered = lowerConv(work);
  const resident = residentBlocks(device, THREADS, REGISTERS, SHARED);
  const hiding = latencyHiding(blocks, resident, warpsOf(THREADS), device);
  const efficiency = p.gemmEfficiency * p.winogradFusedEfficiency * hiding;
  // 16 products of [32 tiles, C] by [C, 32 filters] a block.
  const steps = work.inChannels + p.overheadSteps;
  const blockUs = (16 * 32 * FILTERS * steps) / (device.lanesPerSm * device.clockMhz * efficiency);
  const dramBytes = 4 * lowered.elements + (options.epilogueBytes ?? 0);
  return [
    timed(
      {
        name: `winograd_fused_tile${best!.join("")}`,
        algorithm: "winograd-fused",
        tile: [32, FILTERS, 8],
        splitK: 1,
        grid,
        block: THREADS,
        registersPerThread: REGISTERS,
        sharedBytesPerBlock: SHARED,
        flops: 2 * lowered.macs + (options.epilogueFlops ?? 0),
        dramBytes,
      },
      {
        launchUs: 2 * p.launchUs,
        computeUs: effectiveRounds(blocks, device) * blockUs,
        balancedUs: (blocks / device.smCount) * blockUs,
        memoryUs: dramBytes / (device.dramBytesPerUs * p.dramEfficiency),
      },
      device,
    ),
  ];
}
