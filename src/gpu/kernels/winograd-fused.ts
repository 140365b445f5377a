/**
 * Fused Winograd F(2x2, 3x3): 32 output tiles x 32 filters a block, transforms inside, 2.25 times
 * fewer multiplications (cuDNN's scudnn_winograd_128x128). The tile variants arrange the 32 output
 * tiles over images, rows and columns; exact on 8,170 profiled launches.
 */
import type { ConvWork } from "../../ops/types.ts";
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
import type { PlanOptions } from "./index.ts";
import { lowerConv } from "./shape.ts";
import { type Generation, generationOf } from "./tiles.ts";

/** [images, 2-row groups, 2-column groups] of a block's output tiles, as the kernel's name says. */
export type FusedVariant = readonly [number, number, number];

const FUSED_VARIANTS: Readonly<Record<Generation, readonly FusedVariant[]>> = {
  maxwell: [
    [1, 4, 8],
    [2, 4, 4],
    [2, 2, 8],
    [4, 1, 8],
    [4, 2, 4],
    [4, 4, 2],
  ],
  volta: [[1, 4, 8]],
  turing: [[1, 4, 8]],
  ampere: [
    [1, 4, 8],
    [4, 4, 2],
  ],
  ada: [
    [1, 4, 8],
    [4, 4, 2],
  ],
  hopper: [
    [1, 4, 8],
    [4, 4, 2],
  ],
};
/**
 * Several images a block must save this much (in ln time) before the library takes them: fitted to
 * the variants of profiled launches on P4 and A100.
 */
const PACKING_RELUCTANCE: Readonly<Record<string, number>> = {
  "1,4,8": 0,
  "2,2,8": 0.08,
  "2,4,4": 0.14,
  "4,1,8": 0.21,
  "4,2,4": 0.21,
  "4,4,2": 0.21,
};
const THREADS = 256;
const REGISTERS = 128;
const SHARED = 48 * 1024;
const TILES = 32;
const FILTERS = 32;
/** Products of one 2 x 2 output tile: a 4 x 4 patch. */
const PRODUCTS = 16;

export function fusedGrid(work: ConvWork, [i, j, k]: FusedVariant): [number, number, number] {
  const rows = Math.ceil(work.output[0]! / (2 * j));
  const columns = Math.ceil(work.output[1]! / (2 * k));
  return [Math.ceil(work.batch / i) * rows * columns, Math.ceil(work.outChannels / FILTERS), 1];
}

export function planWinogradFused(
  work: ConvWork,
  device: Device,
  options: PlanOptions,
): readonly TimedKernel[] {
  const lowered = lowerConv(work);
  const footprint = lowered.inputs + lowered.weights + lowered.outputs;
  const dramBytes = 4 * footprint + (options.epilogueBytes ?? 0);
  let best: { variant: FusedVariant; parts: TimeParts; score: number } | undefined;
  for (const variant of FUSED_VARIANTS[generationOf(device)]) {
    if (options.choice?.tile !== undefined && options.choice.tile !== variantName(variant))
      continue;
    // Whole groups of images only, in every one of the profiled launches.
    if (options.choice?.tile === undefined && work.batch % variant[0] !== 0) continue;
    const parts = fusedParts(work, variant, dramBytes, device);
    const score = partsUs(parts) * Math.exp(PACKING_RELUCTANCE[variant.join()]!);
    if (best === undefined || score < best.score) best = { variant, parts, score };
  }
  const variant = best?.variant ?? [1, 4, 8];
  return [
    timed(
      {
        name: variantName(variant),
        algorithm: "winograd-fused",
        tile: [TILES, FILTERS, 8],
        splitK: 1,
        grid: fusedGrid(work, variant),
        block: THREADS,
        registersPerThread: REGISTERS,
        sharedBytesPerBlock: SHARED,
        flops: 2 * lowered.macs + (options.epilogueFlops ?? 0),
        dramBytes,
      },
      best?.parts ?? fusedParts(work, variant, dramBytes, device),
      device,
    ),
  ];
}

function variantName(variant: FusedVariant): string {
  return `winograd_fused_tile${variant.join("")}`;
}

function fusedParts(
  work: ConvWork,
  variant: FusedVariant,
  dramBytes: number,
  device: Device,
): TimeParts {
  const p = device.parameters;
  const [x, y] = fusedGrid(work, variant);
  const parts = blockParts(
    {
      blocks: x * y,
      resident: residentBlocks(device, THREADS, REGISTERS, SHARED),
      warpsPerBlock: warpsOf(THREADS),
      macsPerBlock: PRODUCTS * TILES * FILTERS * (work.inChannels + p.fusedOverheadSteps),
      macsPerClock: device.lanesPerSm,
      mhz: device.boostMhz,
      efficiency: p.fusedEfficiency,
      dramBytes,
      l2Bytes: 0,
      launchUs: 2 * p.launchUs,
    },
    device,
  );
  // A kernel of its own turns 3 x 3 filters into 4 x 4 ones first.
  const filterBytes = 4 * (9 + PRODUCTS) * work.inChannels * work.outChannels;
  const filterUs = filterBytes / (device.dramBytesPerUs * p.outputTransform);
  return { ...parts, launchUs: parts.launchUs + filterUs };
}
