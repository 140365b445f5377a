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
export function crossGenes(
  axes: readonly Axis[],
  a: Genes,
  b: Genes,
  rng: Rng,
  settings: CrossoverSettings = CROSSOVER,
): void {
  for (let i = 0; i < axes.length; i++) {
    const x = a[i]!;
    const y = b[i]!;
    // parents that agree, or one of them inactive (NaN), leave nothing to cross
    if (!(Math.abs(x - y) > 1e-14)) continue;
    if (!rng.chance(settings.perVariable)) continue;
    const axis = axes[i]!;
    if (axis.kind === "nominal") {
      a[i] = y;
      b[i] = x;
      continue;
    }
    const p = fromGene(axis, x);
    const q = fromGene(axis, y);
    const low = Math.min(p, q);
    const high = Math.max(p, q);
    const u = rng.float();
    const lower = toGene(axis, low - overshoot(low - axis.from, high - low, u, settings.eta));
    const upper = toGene(axis, high + overshoot(axis.to - high, high - low, u, settings.eta));
    // without the exchange child 1 gets every smaller value: optima at a bound look easy
    const swap = rng.chance(settings.exchange);
    a[i] = swap ? upper : lower;
    b[i] = swap ? lower : upper;
  }
}

/**
 * How far outside its parents' interval a child lands (negative: inside).
 *
 * @param room distance from the nearer parent to the bound
 * @param gap distance between the parents, > 0
 * @param u uniform in [0, 1)
 */
function overshoot(room: number, gap: number, u: number, eta: number): number {
  const beta = 1 + (2 * room) / gap;
  const alpha = 2 - 1 / power(beta, eta + 1);
  const spread = u * alpha <= 1 ? root(u * alpha, eta + 1) : 1 / root(2 - u * alpha, eta + 1);
  return 0.5 * (spread - 1) * gap;
}

/** x^n; by multiplication alone where n is whole, which is exact in every engine and fast. */
function power(x: number, n: number): number {
  if (n === 16) {
    const x4 = x * x * (x * x);
    const x8 = x4 * x4;
    return x8 * x8;
  }
  if (!Number.isInteger(n)) return x ** n;
  let result = 1;
  for (let square = x, rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}

/** The n-th root of x; by square roots alone for the default of 16, for the same reasons. */
function root(x: number, n: number): number {
  if (n === 16) return Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(x))));
  return x ** (1 / n);
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
    delta = root(2 * u + (1 - 2 * u) * power(reach, eta + 1), eta + 1) - 1;
  } else {
    const reach = 1 - (axis.to - x) / width;
    delta = 1 - root(2 * (1 - u) + 2 * (u - 0.5) * power(reach, eta + 1), eta + 1);
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
