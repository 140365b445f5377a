/**
 * Latency against a number of channels, and the edges of its steps. Between edges a layer's grid
 * keeps its rounds on the SMs, so that channels cost little; past an edge a new round begins.
 */

export interface Stair {
  readonly channels: number;
  readonly us: number;
}

/** Samples of a staircase, narrow to wide. */
export type Staircase = readonly Stair[];

/** Widening past an edge costs at least this many times its share of the width. */
const STEEPNESS = 2;
/** A jump below this share of the time is no step. */
const SMALLEST_JUMP = 0.02;

/**
 * Channels at which a staircase of `channels` is sampled: up to twice as many, by a power of two of
 * at most 8 that divides them. Tiles are multiples of 8, so no edge lies between.
 *
 * @param multiple the channels stay a multiple of this
 */
export function sampleWidths(channels: number, multiple = 1): readonly number[] {
  const step = sampleStep(channels, multiple);
  const out: number[] = [];
  for (let c = step; c <= 2 * channels; c += step) out.push(c);
  return out;
}

export function sampleStep(channels: number, multiple = 1): number {
  let step = multiple;
  const coarse = channels >= 128 ? 8 : channels / 16;
  while (step * 2 <= coarse && channels % (step * 2) === 0) step *= 2;
  return step;
}

/** The widest samples of each step: past them the time jumps. Ascending; the last sample is none. */
export function stepEdges(stairs: Staircase): readonly Stair[] {
  const edges: Stair[] = [];
  for (let i = 1; i + 1 < stairs.length; i++) {
    const here = stairs[i]!;
    const next = stairs[i + 1]!;
    const share = (next.channels - here.channels) / here.channels;
    if (next.us - here.us >= here.us * Math.max(SMALLEST_JUMP, STEEPNESS * share)) edges.push(here);
  }
  return edges;
}

/** Where a width stands on its staircase. */
export interface Standing {
  /** The widest channels of the step that it is on; itself, where it stands on an edge. */
  readonly next: Stair | undefined;
  /** The edge of the step below. */
  readonly previous: Stair | undefined;
}

export function standingOf(channels: number, edges: readonly Stair[]): Standing {
  return {
    next: edges.find((e) => e.channels >= channels),
    previous: edges.findLast((e) => e.channels < channels),
  };
}
