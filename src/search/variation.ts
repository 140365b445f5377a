/**
 * How one coordinate varies: simulated binary crossover (Deb & Agrawal 1995) and polynomial
 * mutation (Deb & Goyal 1996), both in the bounded form of Deb's NSGA-II code, with the same
 * meaning for integers and ordered categories; exchange and redraw where values have no order.
 *
 * `Math.pow`, `exp` and `log` may differ in the last bit between JavaScript engines; within one
 * engine results repeat bit for bit. SBX with its default index needs none of them.
 */
import type { Rng } from "../base/rng.ts";
import { type Axis, fromGene, type Genes, sampleGene, toGene } from "./axes.ts";

export interface CrossoverSettings {
  /** Distribution index of SBX: children lie closer to their parents the larger it is. */
  readonly eta: number;
  /** Chance of a coordinate to be crossed at all. */
  readonly perVariable: number;
  /** Chance of the two children to exchange a crossed coordinate. */
  readonly exchange: number;
}

export const CROSSOVER: CrossoverSettings = { eta: 15, perVariable: 0.5, exchange: 0.5 };
export const MUTATION_ETA = 20;

/** Crosses two designs in place; genes that are inactive in one of them are left alone. */
export type Cross = (a: Genes, b: Genes, rng: Rng) => void;

/**
 * SBX of real, integer and ordered coordinates, exchange of nominal ones.
 *
 * Step by step over all crossed coordinates rather than coordinate by coordinate: powers and roots
 * of many numbers overlap in the processor.
 */
export function crossover(
  axes: readonly Axis[],
  { eta, perVariable, exchange }: CrossoverSettings = CROSSOVER,
): Cross {
  const n = axes.length;
  const from = Float64Array.from(axes, (axis) => axis.from);
  const to = Float64Array.from(axes, (axis) => axis.to);
  const plain = axes.map((axis) => axis.kind === "real" && !axis.log);
  const nominal = axes.map((axis) => axis.kind === "nominal");
  const crossed = new Int32Array(n);
  const low = new Float64Array(n);
  const high = new Float64Array(n);
  const uniform = new Float64Array(n);
  /** Of each crossed coordinate, a number for the child below and one for the child above. */
  const work = new Float64Array(2 * n);

  return (a, b, rng) => {
    let count = 0;
    let coins = 0;
    for (let i = 0; i < n; i++) {
      const x = a[i]!;
      const y = b[i]!;
      if (perVariable === 0.5) {
        // the bits of one draw are 32 fair coins
        coins = (i & 31) === 0 ? rng.bits() : coins << 1;
        if (coins >= 0) continue;
      } else if (!rng.chance(perVariable)) continue;
      // parents that agree, or one of them inactive (NaN), leave nothing to cross
      if (!(Math.abs(x - y) > 1e-14)) continue;
      if (nominal[i]!) {
        a[i] = y;
        b[i] = x;
        continue;
      }
      const p = plain[i]! ? x : fromGene(axes[i]!, x);
      const q = plain[i]! ? y : fromGene(axes[i]!, y);
      const below = Math.min(p, q);
      const above = Math.max(p, q);
      crossed[count] = i;
      low[count] = below;
      high[count] = above;
      uniform[count] = rng.float();
      work[2 * count] = 1 + (2 * (below - from[i]!)) / (above - below);
      work[2 * count + 1] = 1 + (2 * (to[i]! - above)) / (above - below);
      count++;
    }
    // the children's distance as a multiple of their parents', cut off so that none leaves the bounds
    raise(work, 2 * count, eta + 1);
    for (let k = 0; k < 2 * count; k++) {
      const x = uniform[k >>> 1]! * (2 - 1 / work[k]!);
      work[k] = x <= 1 ? x : 1 / (2 - x);
    }
    extract(work, 2 * count, eta + 1);
    for (let c = 0; c < count; c++) {
      const i = crossed[c]!;
      const gap = high[c]! - low[c]!;
      let lower = low[c]! - 0.5 * (work[2 * c]! - 1) * gap;
      let upper = high[c]! + 0.5 * (work[2 * c + 1]! - 1) * gap;
      if (plain[i]!) {
        // only rounding can reach beyond
        if (lower < from[i]!) lower = from[i]!;
        if (upper > to[i]!) upper = to[i]!;
      } else {
        lower = toGene(axes[i]!, lower);
        upper = toGene(axes[i]!, upper);
      }
      // without the exchange child 1 gets every smaller value: optima at a bound look easy
      if (exchange === 0.5) coins = (c & 31) === 0 ? rng.bits() : coins << 1;
      else coins = rng.chance(exchange) ? -1 : 0;
      a[i] = coins < 0 ? upper : lower;
      b[i] = coins < 0 ? lower : upper;
    }
  };
}

/**
 * Replaces the first `count` numbers x by x^n; by multiplication alone where n is whole, which is
 * exact in every engine and fast.
 */
function raise(values: Float64Array, count: number, n: number): void {
  for (let k = 0; k < count; k++) {
    if (n === 16) {
      const x = values[k]!;
      const x4 = x * x * (x * x);
      const x8 = x4 * x4;
      values[k] = x8 * x8;
    } else values[k] = power(values[k]!, n);
  }
}

/** Replaces numbers by their n-th roots; by square roots alone for the default of 16. */
function extract(values: Float64Array, count: number, n: number): void {
  for (let k = 0; k < count; k++) {
    const x = values[k]!;
    values[k] = n === 16 ? Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(x)))) : x ** (1 / n);
  }
}

function power(x: number, n: number): number {
  if (!Number.isInteger(n)) return x ** n;
  let result = 1;
  for (let square = x, rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}

/** Mutates a design in place; genes that are inactive are left alone. */
export type Mutate = (genes: Genes, rng: Rng) => void;

/**
 * Mutation of each coordinate by chance.
 *
 * How many coordinates is drawn first, then which: two or three draws instead of one for each.
 *
 * @param rates each coordinate's chance
 */
export function mutation(axes: readonly Axis[], rates: Float64Array, eta = MUTATION_ETA): Mutate {
  const n = axes.length;
  const largest = Math.max(0, ...rates);
  const atMost = cumulativeBinomial(n, largest);
  const chosen: number[] = [];
  return (genes, rng) => {
    const u = rng.float();
    let count = 0;
    while (u >= atMost[count]!) count++;
    chosen.length = 0;
    // Floyd's sampling: `count` different coordinates, every choice as likely
    for (let last = n - count; last < n; last++) {
      const drawn = rng.int(last + 1);
      chosen.push(chosen.includes(drawn) ? last : drawn);
    }
    for (const i of chosen) {
      if (rates[i]! < largest && !rng.chance(rates[i]! / largest)) continue;
      if (!Number.isNaN(genes[i]!)) genes[i] = mutateGene(axes[i]!, genes[i]!, rng, eta);
    }
  };
}

/** Chance that at most k = 0..n of n succeed, each with chance `p`; the last is 1. */
function cumulativeBinomial(n: number, p: number): Float64Array {
  const cumulative = new Float64Array(n + 1);
  let term = 1;
  for (let i = 0; i < n; i++) term *= 1 - p;
  let sum = 0;
  for (let k = 0; k < n; k++) {
    sum += term;
    cumulative[k] = sum;
    term *= ((n - k) / (k + 1)) * (p / (1 - p));
  }
  cumulative[n] = 1;
  return cumulative;
}

/** Polynomial mutation of one coordinate; a redraw among the other values where nominal. */
export function mutateGene(axis: Axis, gene: number, rng: Rng, eta = MUTATION_ETA): number {
  if (axis.count === 1) return gene;
  if (axis.kind === "nominal") {
    const k = rng.int(axis.count - 1);
    return k < gene ? k : k + 1;
  }
  const x = fromGene(axis, gene);
  const width = axis.to - axis.from;
  const u = rng.float();
  let delta: number;
  if (u <= 0.5) {
    const reach = 1 - (x - axis.from) / width;
    delta = (2 * u + (1 - 2 * u) * power(reach, eta + 1)) ** (1 / (eta + 1)) - 1;
  } else {
    const reach = 1 - (axis.to - x) / width;
    delta = 1 - (2 * (1 - u) + 2 * (u - 0.5) * power(reach, eta + 1)) ** (1 / (eta + 1));
  }
  const moved = toGene(axis, x + delta * width);
  if (axis.kind === "real" || moved !== gene) return moved;
  // a mutation that rounds back to the parent would be none: go to the neighbour on that side
  const up = gene === axis.low || (gene !== axis.high && delta > 0);
  return up ? gene + axis.step : gene - axis.step;
}

/** A different value of a coordinate near `gene`: the neighbour that local search takes. */
export function moveGene(axis: Axis, gene: number, rng: Rng): number {
  for (let attempt = 0; attempt < 8; attempt++) {
    const moved = mutateGene(axis, gene, rng);
    if (moved !== gene) return moved;
  }
  return sampleGene(axis, rng);
}
