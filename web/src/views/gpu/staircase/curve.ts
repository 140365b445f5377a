/**
 * All that a width of a layer changes, at each width it may be dragged to: computed once, so that a
 * drag only looks it up. The layer's output channels vary, with everything tied to them.
 */

import type { Limiter } from "../../../../../src/gpu/types.ts";
import type { WidthModel } from "../../../../../src/gpu/widths/model.ts";
import { type Stair, sampleWidths, stepEdges } from "../../../../../src/gpu/widths/staircase.ts";
import { at, producersOf } from "../../../../../src/gpu/widths/survey.ts";

/** A layer whose width can change. */
export interface LayerChoice {
  readonly layer: string;
  /** Its launch in the model. */
  readonly index: number;
  /** The tied channels that it puts out. */
  readonly dim: number;
  readonly channels: number;
  /** Other layers whose channels are the same choice. */
  readonly tied: number;
}

export interface CurvePoint {
  readonly channels: number;
  /** Kernels of the layer's launch, with the gaps before them, microseconds. */
  readonly layerUs: number;
  /** Of everything that its channels touch. */
  readonly touchedUs: number;
  readonly networkUs: number;
  /** Of the launch's longest kernel: */
  readonly kernel: string;
  readonly blocks: number;
  readonly blocksPerSm: number;
  readonly waves: number;
  readonly tailFill: number;
  readonly smUtilization: number;
  readonly limiter: Limiter;
  readonly timeUs: number;
}

export interface LayerCurve {
  readonly choice: LayerChoice;
  /** Narrow to wide. */
  readonly points: readonly CurvePoint[];
  /** The widest of each step of the layer's own time, as positions in `points`. */
  readonly edges: readonly number[];
  /** Of the network as it is. */
  readonly own: number;
}

/** Convolutions and linear layers whose channels may change, in the network's order. */
export function layerChoices(model: WidthModel): LayerChoice[] {
  const choices: LayerChoice[] = [];
  for (const dimension of model.ties.dimensions) {
    const { id, channels, layers, fixed } = dimension;
    if (fixed !== undefined || layers.length === 0) continue;
    for (const index of producersOf(model, dimension)) {
      const layer = model.launches[index]!.nodes.find((n) => layers.includes(n))!;
      choices.push({ layer, index, dim: id, channels, tied: layers.length - 1 });
    }
  }
  return choices.sort((a, b) => a.index - b.index);
}

/** Up to twice the layer's own channels. */
export function layerCurve(model: WidthModel, choice: LayerChoice): LayerCurve {
  const { dim, channels, index } = choice;
  const { multiple } = model.ties.dimensions[dim]!;
  const points = sampleWidths(channels, multiple).map((width): CurvePoint => {
    const widths = at(model.widths, dim, width);
    const { kernels, gpuUs } = model.launch(index, widths);
    const longest = kernels.reduce((a, b) => (b.timeUs > a.timeUs ? b : a));
    const { blocks, blocksPerSm, waves, tailFill, smUtilization, limiter, timeUs } = longest;
    return {
      channels: width,
      layerUs: gpuUs,
      touchedUs: model.dimensionUs(dim, widths),
      networkUs: model.timeline(widths).latencyUs,
      kernel: longest.plan.name,
      blocks,
      blocksPerSm,
      waves,
      tailFill,
      smUtilization,
      limiter,
      timeUs,
    };
  });
  const stairs = points.map((p): Stair => ({ channels: p.channels, us: p.layerUs }));
  const edges = stepEdges(stairs).map((edge) =>
    points.findIndex((p) => p.channels === edge.channels),
  );
  return { choice, points, edges, own: nearest(points, channels) };
}

/** The position whose width is nearest. */
export function nearest(
  points: readonly { readonly channels: number }[],
  channels: number,
): number {
  let best = 0;
  points.forEach((point, i) => {
    if (Math.abs(point.channels - channels) < Math.abs(points[best]!.channels - channels)) best = i;
  });
  return best;
}

/** Where a width stands between the edges of its steps, as positions. */
export interface Place {
  /** The widest of its step; itself, where it stands on an edge; undefined on the last step. */
  readonly edge: number | undefined;
  /** The widest of the step below. */
  readonly below: number | undefined;
}

export function placeOf({ edges }: Pick<LayerCurve, "edges">, position: number): Place {
  return {
    edge: edges.find((e) => e >= position),
    below: edges.findLast((e) => e < position),
  };
}
