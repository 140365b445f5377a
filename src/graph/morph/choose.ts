/** Which channels a dimension keeps or copies for a new width, by the importance of each. */
import { stream } from "../../base/rng.ts";
import { elementCount, numbers } from "../tensor.ts";
import type { Graph } from "../types.ts";
import { constantsOf } from "./constants.ts";
import type { Pick } from "./resize.ts";
import type { Ties } from "./ties.ts";

/**
 * `l1`: sum of the absolute weights that make a channel (Li et al., ICLR 2017). `l2`: root of their
 * squares. `in-out`: l1 of the weights that make it times l1 of those that read it.
 */
export const IMPORTANCES = ["l1", "l2", "in-out"] as const;
export type Importance = (typeof IMPORTANCES)[number];

/**
 * Importance of every channel of some dimensions. Each layer counts alike: its channels' scores are
 * divided by their mean.
 */
export function channelImportance(
  graph: Graph,
  ties: Ties,
  dims: ReadonlySet<number>,
  measure: Importance = "l1",
): ReadonlyMap<number, Float64Array> {
  const constants = constantsOf(graph);
  const inputs = new Map(graph.nodes.map((n) => [n.name, n.inputs]));
  const made = scoresOf(dims, ties);
  const read = scoresOf(dims, ties);
  for (const slot of ties.slots) {
    if (slot.kind !== "gather" && slot.kind !== "consume") continue;
    const into = slot.kind === "gather" ? made : read;
    if (slot.kind === "consume" && measure !== "in-out") continue;
    if (!slot.segments.some(({ dim }) => dims.has(dim))) continue;
    const tensor = constants.of(inputs.get(slot.node)?.[slot.input] ?? "");
    // Vectors by channel (biases, normalization) make no channel.
    if (tensor === undefined || tensor.dims.length < 2) continue;
    const places = norms(numbers(tensor), tensor.dims, slot.axis, measure === "l2");
    let offset = 0;
    for (const { dim, repeat } of slot.segments) {
      const { channels } = ties.dimensions[dim]!;
      const scores = into.get(dim);
      if (scores !== undefined) addNormalized(scores, places, offset, repeat);
      offset += channels * repeat;
    }
  }
  for (const slot of ties.slots) {
    if (slot.kind !== "grouped" || !dims.has(slot.outDim)) continue;
    const tensor = constants.of(inputs.get(slot.node)?.[slot.input] ?? "");
    if (tensor === undefined) continue;
    const places = norms(numbers(tensor), tensor.dims, 0, measure === "l2");
    addNormalized(made.get(slot.outDim)!, places, 0, 1);
  }
  if (measure === "in-out")
    for (const [dim, scores] of made) {
      const outgoing = read.get(dim)!;
      if (outgoing.every((x) => x === 0)) continue;
      for (let i = 0; i < scores.length; i++) scores[i]! *= outgoing[i]!;
    }
  return made;
}

function scoresOf(dims: ReadonlySet<number>, ties: Ties): Map<number, Float64Array> {
  return new Map([...dims].map((d) => [d, new Float64Array(ties.dimensions[d]!.channels)]));
}

/** Norm of the weights at each place of an axis. */
function norms(
  values: ArrayLike<number>,
  dims: readonly number[],
  axis: number,
  squared: boolean,
): Float64Array {
  const length = dims[axis]!;
  const outer = elementCount(dims.slice(0, axis));
  const inner = elementCount(dims.slice(axis + 1));
  const out = new Float64Array(length);
  for (let o = 0, at = 0; o < outer; o++)
    for (let j = 0; j < length; j++) {
      let sum = 0;
      for (let i = 0; i < inner; i++) {
        const x = values[at++]!;
        sum += squared ? x * x : Math.abs(x);
      }
      out[j]! += sum;
    }
  return squared ? out.map(Math.sqrt) : out;
}

function addNormalized(
  scores: Float64Array,
  places: Float64Array,
  offset: number,
  repeat: number,
): void {
  let total = 0;
  for (let i = 0; i < scores.length * repeat; i++) total += places[offset + i]!;
  if (!(total > 0)) return;
  for (let c = 0; c < scores.length; c++) {
    let own = 0;
    for (let r = 0; r < repeat; r++) own += places[offset + c * repeat + r]!;
    scores[c]! += (own * scores.length) / total;
  }
}

export interface PickOptions {
  /** Blocks of channels that are picked alike (grouped convolutions); default 1. */
  readonly blocks?: number;
  /**
   * Copies take unequal shares, drawn from this seed, so that training can tell them apart; absent:
   * equal ones.
   */
  readonly seed?: number;
  /** Of the random stream, e.g. the dimension. */
  readonly index?: number;
}

/** Copies differ in their share by up to this much. */
const SPREAD = 0.2;

/**
 * Narrower: the most important channels, in their order. Wider: all of them in their order, then
 * copies of the most important ones.
 */
export function pickChannels(
  importance: ArrayLike<number>,
  width: number,
  options: PickOptions = {},
): Pick {
  const { blocks = 1, seed, index = 0 } = options;
  const size = importance.length / blocks;
  const wanted = width / blocks;
  const from = new Int32Array(width);
  for (let b = 0; b < blocks; b++) {
    const ranked = Array.from({ length: size }, (_, i) => b * size + i).sort(
      (i, j) => importance[j]! - importance[i]! || i - j,
    );
    const kept = ranked.slice(0, Math.min(size, wanted)).sort((i, j) => i - j);
    for (let j = 0; j < wanted; j++) from[b * wanted + j] = kept[j] ?? ranked[(j - size) % size]!;
  }
  const rng = seed === undefined ? undefined : stream(seed, "morph/share", index);
  const total = new Float64Array(importance.length);
  const copies = new Int32Array(importance.length);
  for (let j = 0; j < width; j++) copies[from[j]!]!++;
  const share = new Float64Array(width);
  for (let j = 0; j < width; j++) {
    const alone = rng === undefined || copies[from[j]!] === 1;
    share[j] = alone ? 1 : 1 + SPREAD * (2 * rng.float() - 1);
    total[from[j]!]! += share[j]!;
  }
  for (let j = 0; j < width; j++) share[j]! /= total[from[j]!]!;
  return { width, from, share };
}

/** A pick that is made when its channels are asked for: until then only its width is known. */
export function lazyPick(width: number, make: () => Pick): Pick {
  let made: Pick | undefined;
  const pick = () => {
    made ??= make();
    return made;
  };
  return {
    width,
    get from() {
      return pick().from;
    },
    get share() {
      return pick().share;
    },
  };
}
