/**
 * What a search over widths may choose. Each choice sets one dimension to one of its step edges;
 * dimensions that are concatenated time and again (the growth of a dense block) are one choice, so
 * that every launch depends on few of them.
 */
import type { WidthModel } from "./model.ts";
import { type Stair, sampleStep, sampleWidths, stepEdges } from "./staircase.ts";
import { at, producersOf } from "./survey.ts";

/** Options of one or several dimensions that are set together. */
export interface Choice {
  readonly dims: readonly number[];
  /** Channels of each of `dims`, by option; narrow to wide. */
  readonly options: readonly (readonly number[])[];
  /** Index of the option that is the network as it is. */
  readonly current: number;
}

export interface Range {
  /** Shares of a dimension's own channels. */
  readonly narrowest: number;
  readonly widest: number;
}

const MOST_OPTIONS = 12;
/** Where a network has few edges, widths between are offered too. */
const FEWEST_OPTIONS = 5;
const RATIOS = [0.5, 0.625, 0.75, 0.875, 1.125, 1.25, 1.5, 1.75, 2];
/** A launch that would have more combinations than this joins the choices that its ports sum over. */
const MOST_COMBINATIONS = 6000;

export function choicesOf(model: WidthModel, range: Range): readonly Choice[] {
  const groups = joined(model);
  return groups.map((dims) => {
    const [lead = 0] = dims;
    const channels = model.widths[lead]!;
    const options = optionsOf(model, lead, range).map((c) =>
      dims.map((d) => (d === lead ? c : scaled(model, d, c / channels))),
    );
    return { dims, options, current: options.findIndex((o) => o[0] === channels) };
  });
}

/** Step edges of a dimension within range, and its own width; ascending. */
export function optionsOf(model: WidthModel, dim: number, range: Range): readonly number[] {
  const dimension = model.ties.dimensions[dim]!;
  const { channels, multiple } = dimension;
  const samples = sampleWidths(channels, multiple);
  const jumps = new Map<number, number>();
  for (const index of producersOf(model, dimension)) {
    const stairs = samples.map((c): Stair => {
      return { channels: c, us: model.gpuUs(index, at(model.widths, dim, c)) };
    });
    for (const edge of stepEdges(stairs)) {
      const past = stairs[stairs.findIndex((s) => s.channels === edge.channels) + 1]!;
      jumps.set(edge.channels, (jumps.get(edge.channels) ?? 0) + past.us - edge.us);
    }
  }
  const inRange = (c: number) =>
    c >= range.narrowest * channels && c <= range.widest * channels && c !== channels;
  const edges = [...jumps.keys()].filter(inRange);
  edges.sort((a, b) => jumps.get(b)! - jumps.get(a)! || a - b);
  const options = new Set([channels, ...edges.slice(0, MOST_OPTIONS - 1)]);
  if (options.size < FEWEST_OPTIONS)
    for (const ratio of RATIOS) {
      const c = scaled(model, dim, ratio);
      if (inRange(c)) options.add(c);
    }
  return [...options].sort((a, b) => a - b);
}

/** A share of a dimension's channels, on its sampling grid. */
function scaled(model: WidthModel, dim: number, ratio: number): number {
  const { channels, multiple } = model.ties.dimensions[dim]!;
  const step = sampleStep(channels, multiple);
  return Math.max(step, Math.round((channels * ratio) / step) * step);
}

/** Free dimensions in the groups that are chosen together. */
function joined(model: WidthModel): readonly (readonly number[])[] {
  const parent = new Map(model.free.map((d) => [d, d]));
  const root = (d: number): number => {
    let r = d;
    while (parent.get(r) !== r) r = parent.get(r)!;
    return r;
  };
  const join = (dims: readonly number[]): void => {
    const roots = [...new Set(dims.map(root))].sort((a, b) => a - b);
    for (const r of roots.slice(1)) parent.set(r, roots[0]!);
  };
  const { dimensions } = model.ties;
  for (const launch of model.launches)
    for (const port of launch.ports) {
      const alike = new Map<string, number[]>();
      for (const { dim } of port) {
        if (!parent.has(dim)) continue;
        const { channels, multiple } = dimensions[dim]!;
        const key = `${channels} ${multiple}`;
        alike.set(key, [...(alike.get(key) ?? []), dim]);
      }
      for (const dims of alike.values()) join(dims);
    }
  for (const launch of model.launches) {
    const ports = launch.ports.map((port) => port.map((s) => s.dim).filter((d) => parent.has(d)));
    const choices = new Set(launch.dims.map(root));
    if (MOST_OPTIONS ** choices.size <= MOST_COMBINATIONS) continue;
    for (const port of ports) if (port.length > 1) join(port);
  }
  const groups = new Map<number, number[]>();
  for (const d of parent.keys()) groups.set(root(d), [...(groups.get(root(d)) ?? []), d]);
  return [...groups.values()];
}
