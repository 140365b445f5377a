/**
 * Designs in the form that an algorithm varies.
 *
 * A space of parameters is varied as vectors of genes with the algorithm's own operators; any other
 * space varies its designs itself.
 */
import type { Rng } from "../base/rng.ts";
import type { Axis, Genes } from "./axes.ts";
import type { ParametricSpace } from "./parametric-space.ts";
import type { Design, Space } from "./types.ts";
import {
  CROSSOVER,
  type CrossoverSettings,
  crossover,
  MUTATION_ETA,
  moveGene,
  mutation,
} from "./variation.ts";

export interface VariationSettings extends CrossoverSettings {
  /** Chance of a pair to be crossed. */
  readonly crossover: number;
  /** Chance of a child to be mutated. */
  readonly mutation: number;
  /** Distribution index of polynomial mutation. */
  readonly mutationEta: number;
}

export interface Variator<G> {
  sample(rng: Rng): G;
  toDesign(genome: G): Design;
  toGenome(design: Design): G;
  /** Two children of two parents: crossover, then mutation. */
  mate(a: G, b: G, rng: Rng): readonly [G, G];
  /** A design next to `genome`; may equal it where nothing can vary. */
  neighbour(genome: G, rng: Rng): G;
  /** Equal for designs that are the same. */
  key(genome: G): string | number;
}

export function isParametric(space: Space): space is ParametricSpace {
  return "axes" in space;
}

/** What `use` makes of the space's variator: of its genes where it has parameters, else of its designs. */
export function withVariator<T>(
  space: Space,
  settings: VariationSettings,
  use: <G>(variator: Variator<G>) => T,
): T {
  return isParametric(space)
    ? use(geneVariator(space, settings))
    : use(designVariator(space, settings));
}

/** For algorithms that change one parent a little: no crossover, always a mutation. */
export const MUTATION_ONLY: VariationSettings = {
  ...CROSSOVER,
  crossover: 0,
  mutation: 1,
  mutationEta: MUTATION_ETA,
};

export function designVariator(
  space: Space,
  settings: Pick<VariationSettings, "crossover" | "mutation">,
): Variator<Design> {
  const mutate = (design: Design, rng: Rng) =>
    rng.chance(settings.mutation) ? space.mutate(design, rng) : design;
  return {
    sample: (rng) => space.sample(rng),
    toDesign: (design) => design,
    toGenome: (design) => design,
    mate(a, b, rng) {
      const [x, y] = rng.chance(settings.crossover) ? space.crossover(a, b, rng) : [a, b];
      return [mutate(x, rng), mutate(y, rng)];
    },
    neighbour: (design, rng) => space.mutate(design, rng),
    key: (design) => space.key(design),
  };
}

export function geneVariator(space: ParametricSpace, settings: VariationSettings): Variator<Genes> {
  const { axes } = space;
  const cross = crossover(axes, settings);
  const mutate = mutation(axes, mutationRates(axes), settings.mutationEta);
  return {
    sample: (rng) => space.encode(space.sample(rng)),
    toDesign: (genes) => space.decode(genes),
    toGenome: (design) => space.encode(design),
    mate(a, b, rng) {
      const x = a.slice();
      const y = b.slice();
      if (rng.chance(settings.crossover)) cross(x, y, rng);
      if (rng.chance(settings.mutation)) mutate(x, rng);
      space.repair(x, rng);
      if (rng.chance(settings.mutation)) mutate(y, rng);
      space.repair(y, rng);
      return [x, y];
    },
    neighbour(genes, rng) {
      const movable: number[] = [];
      for (let i = 0; i < axes.length; i++) {
        if (axes[i]!.count > 1 && !Number.isNaN(genes[i]!)) movable.push(i);
      }
      if (movable.length === 0) return genes;
      const moved = genes.slice();
      const i = rng.pick(movable);
      moved[i] = moveGene(axes[i]!, genes[i]!, rng);
      space.repair(moved, rng);
      return moved;
    },
    key: keyOf(axes),
  };
}

/**
 * Chance of each gene of a mutated child to mutate: min(0.5, 1/n), as in pymoo, where values have
 * an order, and half of that where they have none. There a mutation is a redraw, a jump across the
 * axis, while polynomial mutation moves a gene by a twentieth of its axis on average. What half as
 * many jumps leave untried, crossing and the refusal of repeated children bring.
 */
function mutationRates(axes: readonly Axis[]): Float64Array {
  const ordered = Math.min(0.5, 1 / axes.length);
  return Float64Array.from(axes, ({ kind }) => (kind === "nominal" ? ordered / 2 : ordered));
}

/** The design's number in mixed radix, an inactive gene being one more digit, or else its hash. */
function keyOf(axes: readonly Axis[]): (genes: Genes) => number {
  const digits = axes.map(({ count, conditions }) => count + (conditions.length > 0 ? 1 : 0));
  const codes = digits.reduce((product, base) => product * base, 1);
  if (codes > Number.MAX_SAFE_INTEGER) return hasher(axes.length);
  return (genes) => {
    let code = 0;
    for (let i = 0; i < axes.length; i++) {
      const { low, step, count } = axes[i]!;
      const gene = genes[i]!;
      const digit = count === 1 && gene === low ? 0 : (gene - low) / step;
      code = code * digits[i]! + (Number.isNaN(digit) ? count : digit);
    }
    return code;
  };
}

/**
 * 53 bits of the genes' bits (two murmur3-like lanes). Two designs of a continuum that share them
 * count as one: with 100,000 designs seen, that costs a new design once in a million runs.
 *
 * @param n number of genes
 */
function hasher(n: number): (genes: Genes) => number {
  const numbers = new Float64Array(n);
  const words = new Uint32Array(numbers.buffer);
  return (genes) => {
    for (let i = 0; i < n; i++) numbers[i] = genes[i]!;
    let a = 0x9e3779b9;
    let b = 0x85ebca6b;
    for (let i = 0; i < words.length; i += 2) {
      // neither lane waits for the other
      a = Math.imul(a ^ words[i]! ^ (words[i + 1]! << 9), 0xcc9e2d51);
      a = (a << 15) | (a >>> 17);
      b = Math.imul(b ^ words[i + 1]! ^ Math.imul(words[i]!, 0x9e3779b1), 0x1b873593);
      b = (b << 13) | (b >>> 19);
    }
    a = mix(a ^ b);
    b = mix(b + a);
    return (a & 0x1fffff) * 2 ** 32 + (b >>> 0);
  };
}

function mix(h: number): number {
  let x = h ^ (h >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return x ^ (x >>> 16);
}
