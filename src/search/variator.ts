/**
 * Designs in the form that an algorithm varies.
 *
 * A space of parameters is varied as vectors of genes with the algorithm's own operators; any other
 * space varies its designs itself.
 */
import type { Rng } from "../base/rng.ts";
import type { Genes } from "./axes.ts";
import type { ParametricSpace } from "./parametric-space.ts";
import type { Design, Space } from "./types.ts";
import { type CrossoverSettings, crossGenes, moveGene, mutateGene } from "./variation.ts";

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
  const perGene = Math.min(0.5, 1 / axes.length);

  const mutate = (genes: Genes, rng: Rng) => {
    if (!rng.chance(settings.mutation)) return;
    for (let i = 0; i < axes.length; i++) {
      if (rng.chance(perGene) && !Number.isNaN(genes[i]!)) {
        genes[i] = mutateGene(axes[i]!, genes[i]!, rng, settings.mutationEta);
      }
    }
  };
  return {
    sample: (rng) => space.encode(space.sample(rng)),
    toDesign: (genes) => space.decode(genes),
    toGenome: (design) => space.encode(design),
    mate(a, b, rng) {
      const x = a.slice();
      const y = b.slice();
      if (rng.chance(settings.crossover)) crossGenes(axes, x, y, rng, settings);
      for (const child of [x, y]) {
        mutate(child, rng);
        space.repair(child, rng);
      }
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
    key: Number.isFinite(space.size) ? (genes) => genes.join() : hasher(axes.length),
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
      a = Math.imul(a ^ words[i]!, 0xcc9e2d51);
      a = (a << 15) | (a >>> 17);
      b = Math.imul(b ^ words[i + 1]! ^ a, 0x1b873593);
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
