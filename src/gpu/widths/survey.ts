/** The staircase of each tied group of layers, where the network stands on it, and what it pays. */
import type { Dimension, TieGap } from "../../graph/morph/ties.ts";
import type { Limiter } from "../types.ts";
import type { WidthModel, Widths } from "./model.ts";
import { type Stair, type Staircase, sampleWidths, standingOf, stepEdges } from "./staircase.ts";

/** One convolution or linear layer of a group. */
export interface LayerSurvey {
  readonly layer: string;
  /** The nodes that share its launch. */
  readonly nodes: readonly string[];
  readonly us: number;
  readonly waves: number;
  readonly smUtilization: number;
  readonly limiter: Limiter;
  /** Its own time against its output channels, all else as it is. */
  readonly stairs: Staircase;
  readonly edges: readonly number[];
  /** Output channels to the edge of its own step; undefined where it has no edge above. */
  readonly headroom: number | undefined;
}

export interface GroupSurvey {
  readonly id: number;
  readonly channels: number;
  readonly multiple: number;
  readonly fixed: string | undefined;
  readonly layers: readonly LayerSurvey[];
  /** Time of everything that the group's channels touch, against their number; microseconds. */
  readonly stairs: Staircase;
  readonly us: number;
  /** The nearest edge of any of its layers at or above its width, with the time there. */
  readonly next: Stair | undefined;
  /** The nearest edge below. */
  readonly previous: Stair | undefined;
}

export interface Survey {
  readonly groups: readonly GroupSurvey[];
  readonly gaps: readonly TieGap[];
}

export function survey(model: WidthModel): Survey {
  return {
    groups: model.ties.dimensions
      .filter((d) => d.layers.length > 0)
      .map((dimension) => surveyGroup(model, dimension)),
    gaps: model.ties.gaps,
  };
}

function surveyGroup(model: WidthModel, dimension: Dimension): GroupSurvey {
  const { id, channels, multiple, fixed } = dimension;
  const samples = fixed === undefined ? sampleWidths(channels, multiple) : [];
  const layers = producersOf(model, dimension).map((index) =>
    surveyLayer(model, index, dimension, samples),
  );
  const stairs = samples.map((c): Stair => {
    return { channels: c, us: model.dimensionUs(id, at(model.widths, id, c)) };
  });
  const edges = [...new Set(layers.flatMap((l) => l.edges))].sort((a, b) => a - b);
  const known = new Map(stairs.map((s) => [s.channels, s]));
  const standing = standingOf(
    channels,
    edges.map((c) => known.get(c)!),
  );
  // Of a fixed group nothing is asked but its layers' own time.
  const us =
    fixed === undefined
      ? model.dimensionUs(id, model.widths)
      : layers.reduce((sum, l) => sum + l.us, 0);
  return { id, channels, multiple, fixed, layers, stairs, us, ...standing };
}

/** Launches of the layers that make a group's channels. */
export function producersOf(model: WidthModel, { layers }: Dimension): readonly number[] {
  const made = new Set(layers);
  return model.launches.flatMap((l) => (l.nodes.some((n) => made.has(n)) ? [l.index] : []));
}

/** Widths with one dimension changed. */
export function at(widths: Widths, dim: number, channels: number): Widths {
  return widths.with(dim, channels);
}

function surveyLayer(
  model: WidthModel,
  index: number,
  { id, channels, layers }: Dimension,
  samples: readonly number[],
): LayerSurvey {
  const { nodes } = model.launches[index]!;
  const launch = model.launch(index, model.widths);
  const slowest = launch.kernels.reduce((a, b) => (b.timeUs > a.timeUs ? b : a));
  const stairs = samples.map((c): Stair => {
    return { channels: c, us: model.gpuUs(index, at(model.widths, id, c)) };
  });
  const edges = stepEdges(stairs).map((e) => e.channels);
  const above = edges.find((e) => e >= channels);
  return {
    layer: nodes.find((n) => layers.includes(n))!,
    nodes,
    us: launch.gpuUs,
    waves: slowest.waves,
    smUtilization: slowest.smUtilization,
    limiter: slowest.limiter,
    stairs,
    edges,
    headroom: above === undefined ? undefined : above - channels,
  };
}
