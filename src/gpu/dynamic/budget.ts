/**
 * Budgets in whole waves. Blocks up to the edge of a wave fill slots that would stand idle: they are
 * computed for nothing, and what a mask keeps should end on an edge. The tail effect of channel widths
 * (Yu et al., "Third ArchEdge Workshop", 2020; "Rethinking Latency-Aware DNN Design With GPU Tail
 * Effect Analysis", IEEE TCAD 2024) turned to numbers of blocks.
 */
import { UserError } from "../../base/errors.ts";
import type { DynamicRegion } from "./region.ts";
import { promisedUs } from "./types.ts";

/** The most active blocks that take no more waves than `waves`. */
export interface WaveEdge {
  readonly active: number;
  readonly keptFraction: number;
  /** Of the convolutions' kernels, in all. */
  readonly waves: number;
  readonly latencyUs: number;
}

/**
 * Edges over 0 to all blocks, in order: past each, every larger number of blocks takes more waves. The
 * library may change its kernels between two numbers, so that waves can fall as blocks are added; such
 * a number is no edge.
 */
export function waveEdges(region: DynamicRegion): readonly WaveEdge[] {
  const edges: WaveEdge[] = [];
  let fewest = Number.POSITIVE_INFINITY;
  for (let n = region.blocks; n >= 0; n--) {
    const { waves, latencyUs } = region.time(n);
    if (waves >= fewest) continue;
    fewest = waves;
    edges.push({ active: n, keptFraction: n / region.blocks, waves, latencyUs });
  }
  return edges.reverse();
}

export interface WaveBudget {
  /** What to compute: the most blocks that take no more waves and no more time than `asked`. */
  readonly active: number;
  readonly asked: number;
  /** active - asked. */
  readonly spare: number;
  readonly blocks: number;
  readonly waves: number;
  readonly latencyUs: number;
  readonly askedLatencyUs: number;
  readonly denseUs: number;
  readonly denseWaves: number;
  /** The edge of the wave alone, where gather and scatter of further blocks may take time. */
  readonly edge: WaveEdge;
  /** Saving of `active` blocks that whole rounds give. */
  readonly promisedUs: number;
  /** `dense`: compute the whole map, since skipping saves no time that can be promised. */
  readonly verdict: "dynamic" | "dense";
}

/** Each number of blocks is timed, so that more would take minutes. */
const MOST_BLOCKS = 1 << 17;

/** @throws UserError where numbers of blocks are too many to be timed one by one */
export function refuseManyBlocks({ name, blocks }: DynamicRegion): void {
  if (blocks > MOST_BLOCKS)
    throw new UserError(
      `${name}: the images of a batch have ${blocks} blocks there, more than the ${MOST_BLOCKS} that are timed one by one`,
      { hint: "choose a smaller batch (-b), or larger blocks", exitCode: 2 },
    );
}

/** Times closer than this share are the same to the model. */
export const TOLERANCE = 0.02;

/**
 * The wave-quantised budget of a region for `asked` active blocks.
 *
 * @param tolerance share of the latency by which more blocks may take longer; default {@link TOLERANCE}
 * @throws UserError where there are not that many blocks, or the tolerance is negative
 */
export function waveBudget(
  region: DynamicRegion,
  asked: number,
  tolerance = TOLERANCE,
): WaveBudget {
  if (!(tolerance >= 0 && Number.isFinite(tolerance)))
    throw new UserError(`tolerance ${tolerance}, expected a share of at least 0`, {
      hint: `leave it out for ${TOLERANCE}`,
      exitCode: 2,
    });
  refuseManyBlocks(region);
  const own = region.time(asked);
  const limitUs = own.latencyUs * (1 + tolerance);
  let active = asked;
  let edge = asked;
  for (let n = asked + 1; n <= region.blocks; n++) {
    const { waves, latencyUs } = region.time(n);
    if (waves > own.waves) continue;
    edge = n;
    if (latencyUs <= limitUs) active = n;
  }
  const cost = region.time(active);
  const edgeCost = region.time(edge);
  const promised = promisedUs(cost, region.dense);
  return {
    active,
    asked,
    spare: active - asked,
    blocks: region.blocks,
    waves: cost.waves,
    latencyUs: cost.latencyUs,
    askedLatencyUs: own.latencyUs,
    denseUs: region.dense.latencyUs,
    denseWaves: region.dense.waves,
    edge: {
      active: edge,
      keptFraction: edge / region.blocks,
      waves: edgeCost.waves,
      latencyUs: edgeCost.latencyUs,
    },
    promisedUs: promised,
    verdict: promised > 0 ? "dynamic" : "dense",
  };
}
