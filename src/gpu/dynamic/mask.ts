/** What decides which blocks are active, as launches of the engine. */
import type { ConvWork } from "../../ops/types.ts";
import { planStream } from "../kernels/memory.ts";
import { type Launch, lower, type Target } from "../lower.ts";
import type { BlockGrid } from "./blocks.ts";
import { INDEX_BYTES } from "./moves.ts";
import type { FeatureMap } from "./structure.ts";
import { type SyntheticNode, streamLaunch, synthetic } from "./synthetic.ts";
import type { MaskSpec } from "./types.ts";

export interface MaskCost {
  readonly launches: readonly Launch[];
  readonly macs: number;
}

/** Scores of all blocks from the region's first input, [batch, rows x columns]. */
export function maskUnit(
  region: string,
  spec: Required<MaskSpec>,
  map: FeatureMap,
  grid: BlockGrid,
  target: Target,
): MaskCost {
  if (spec.unit === "given") return { launches: [], macs: 0 };
  const nodes = unitNodes(region, spec, map, grid);
  // A compiled engine compares inside the kernel that compacts.
  if (spec.select === "threshold" && !target.host.fuses)
    nodes.push({
      name: `${region}/mask.threshold`,
      op: "Greater",
      work: { kind: "pointwise", elements: grid.total, flopsPerElement: 1 },
      read: grid.total,
      written: grid.total,
    });
  return {
    launches: nodes.map((node) => lower([synthetic(node)], target)),
    macs: nodes.reduce((sum, node) => sum + (node.macs ?? 0), 0),
  };
}

function unitNodes(
  region: string,
  { unit }: Required<MaskSpec>,
  map: FeatureMap,
  grid: BlockGrid,
): SyntheticNode[] {
  const { batch, channels, height, width } = map;
  const pixels = batch * height * width;
  /** To one position a block; none where a block is one position of the map. */
  const pool = (depth: number): SyntheticNode[] =>
    pixels === grid.total
      ? []
      : [
          {
            name: `${region}/mask.pool`,
            op: "AveragePool",
            work: {
              kind: "pool",
              outputElements: depth * grid.total,
              window: Math.ceil(height / grid.rows) * Math.ceil(width / grid.columns),
            },
            read: depth * pixels,
            written: depth * grid.total,
          },
        ];
  switch (unit) {
    case "given":
      return [];
    case "attention":
      return [
        {
          name: `${region}/mask.attention`,
          op: "ReduceMean",
          work: { kind: "reduce", rows: pixels, length: channels, passes: 1, keepsShape: false },
          read: channels * pixels,
          written: pixels,
        },
        ...pool(1),
      ];
    case "conv-gate":
      return [convolution(`${region}/mask.gate`, map, [height, width], 1, 3), ...pool(1)];
    case "pool-gate":
      return [
        ...pool(channels),
        convolution(`${region}/mask.gate`, map, [grid.rows, grid.columns], 2, 1),
      ];
  }
}

function convolution(
  name: string,
  { batch, channels }: FeatureMap,
  side: readonly [number, number],
  outChannels: number,
  kernel: number,
): SyntheticNode {
  const positions = batch * side[0] * side[1];
  const pad = (kernel - 1) / 2;
  const taps = kernel * kernel * channels * outChannels;
  const work: ConvWork = {
    kind: "conv",
    batch,
    inChannels: channels,
    outChannels,
    groups: 1,
    input: side,
    output: side,
    kernel: [kernel, kernel],
    stride: [1, 1],
    dilation: [1, 1],
    padBegin: [pad, pad],
    padEnd: [pad, pad],
    transposed: false,
    deformable: false,
    bias: true,
  };
  return {
    name,
    op: "Conv",
    work,
    read: positions * channels + taps,
    written: positions * outChannels,
    macs: positions * taps,
  };
}

/**
 * From scores to the list of active blocks. `threshold`: a stream compaction in a single pass, after a
 * small kernel that sets its tiles' states (Merrill and Garland, "Single-pass Parallel Prefix Scan with
 * Decoupled Look-back", NVIDIA 2016; CUB's DeviceSelect, which NonZero calls). `top-k`: a selection in
 * each image, as the engine times TopK.
 */
export function compaction(
  region: string,
  spec: Required<MaskSpec>,
  batch: number,
  grid: BlockGrid,
  n: number,
  target: Target,
): readonly Launch[] {
  if (spec.unit === "given") return [];
  if (spec.select === "top-k")
    return [
      lower(
        [
          synthetic({
            name: `${region}/compaction.topk`,
            op: "TopK",
            work: {
              kind: "reduce",
              rows: batch,
              length: grid.total / batch,
              passes: 2,
              keepsShape: false,
            },
            read: grid.total,
            written: (n * (INDEX_BYTES + 4)) / 4,
          }),
        ],
        target,
      ),
    ];
  return [
    streamLaunch(
      `${region}/compaction`,
      "NonZero",
      compactionKernels(grid.total, n, target),
      target,
    ),
  ];
}

/** Bytes of a score, and elements that one block of 128 threads takes. */
const SCORE_BYTES = 4;
const ITEMS_PER_BLOCK = 1024;

/** @param items scores that are compared and, where they pass, listed: `kept` of them */
export function compactionKernels(items: number, kept: number, { device }: Target) {
  const tiles = Math.ceil(items / ITEMS_PER_BLOCK);
  const kernel = (name: string, threads: number, readBytes: number, writtenBytes: number) =>
    planStream(
      { name, algorithm: "scan", readBytes, writtenBytes, threads, flops: 0, efficiency: 1 },
      device,
    );
  return [
    kernel("select_init", tiles, 0, INDEX_BYTES * tiles),
    kernel("select_sweep", 128 * tiles, SCORE_BYTES * items, INDEX_BYTES * (kept + 1)),
  ];
}
