/**
 * LEMONADE (Elsken, Metzen & Hutter, ICLR 2019): the population is the front of all that was seen.
 * Parents are drawn where the cheap objectives of the population lie thinly; many children are bred,
 * and few of them, drawn in the same way, get the expensive objectives.
 *
 * It differs from the paper in that a child is never one that was seen before, and that of members
 * with equal objectives only the oldest stays. Where nothing is expensive every child is accepted.
 */
import type { Json } from "../base/json.ts";
import { stream } from "../base/rng.ts";
import type { AlgorithmDefinition, Settings } from "./algorithm.ts";
import { breederState, inBatches, type Member, membersFromJson, membersToJson } from "./batches.ts";
import {
  inverseDensities,
  kernelDensity,
  weightedPick,
  weightedSample,
} from "./lemonade-density.ts";
import { Novelty } from "./novelty.ts";
import { best, rank } from "./standing.ts";
import type { Algorithm, Space } from "./types.ts";
import { MUTATION_ONLY, type Variator, withVariator } from "./variator.ts";

/** Mutations that give nothing new before a child is replaced by a random design. */
const ATTEMPTS = 50;
/** Mutations on top of one another before another parent is drawn. */
const CHAIN = 5;

export const lemonade: AlgorithmDefinition = {
  name: "lemonade",
  summary: "LEMONADE: breed from the sparse parts of the front, evaluate few of many children",
  options: {
    children: {
      type: "integer",
      default: 40,
      min: 1,
      max: 100_000,
      summary: "children bred in a generation, whose cheap objectives are computed",
    },
    accepted: {
      type: "integer",
      default: 8,
      min: 1,
      max: 100_000,
      summary: "of them, those that get the expensive objectives",
    },
    initial: {
      type: "integer",
      default: 8,
      min: 1,
      max: 100_000,
      summary: "designs of the first generation: those the space begins with, then random ones",
    },
  },
  create(space, settings) {
    return withVariator(space, MUTATION_ONLY, (variator) => search(space, variator, settings));
  },
};

interface State {
  readonly generation: number;
  readonly population: Json;
  readonly seen: Json;
}

function search<G>(space: Space, variator: Variator<G>, settings: Settings): Algorithm {
  const { options, seed } = settings;
  const restored = breederState(settings.state) as unknown as State | undefined;
  const novelty = new Novelty(space, variator, restored?.seen);
  let generation = restored?.generation ?? 0;
  let population: readonly Member<G>[] =
    restored === undefined ? [] : membersFromJson(restored.population, variator);

  const cheapOf = ({ objectives }: Member<G>) =>
    settings.cheap === undefined
      ? objectives
      : objectives.length === 0
        ? []
        : settings.cheap.map((k) => objectives[k]!);

  const found = (count: number) => {
    const rng = stream(seed, "lemonade/initial", generation);
    const founders: G[] = [];
    for (const design of generation === 0 ? (space.start ?? []) : []) {
      const genome = variator.toGenome(design);
      if (founders.length < count && novelty.take(genome)) founders.push(genome);
    }
    while (founders.length < count) {
      const genome = novelty.draw(rng);
      if (genome === undefined) break;
      founders.push(genome);
    }
    return founders;
  };

  const mate = (count: number) => {
    const rng = stream(seed, "lemonade/breed", generation);
    const cheap = population.map(cheapOf);
    const weights = inverseDensities(cheap, kernelDensity(cheap));
    const child = () => {
      let genome = population[0]!.genome;
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (attempt % CHAIN === 0) genome = population[weightedPick(weights, rng)]!.genome;
        genome = variator.neighbour(genome, rng);
        if (novelty.take(genome)) return genome;
      }
      return novelty.draw(rng);
    };
    const children: G[] = [];
    while (children.length < count && !novelty.exhausted) {
      const next = child();
      if (next === undefined) break;
      children.push(next);
    }
    return children;
  };

  const asking = inBatches(
    variator,
    {
      breed() {
        const bred = population.length === 0 ? found(options.initial!) : mate(options.children!);
        generation++;
        return bred;
      },
      select(batch) {
        population = survivors([...population, ...batch], options.initial!);
      },
      state: () => ({
        generation,
        population: membersToJson(population, variator),
        seen: novelty.state(),
      }),
    },
    settings.state,
  );

  return {
    ...asking,
    batch: Math.max(options.children!, options.initial!),
    accept(designs, cheap, asked) {
      if (population.length === 0 || designs.length === 0) return designs.map((_, i) => i);
      const members = population.map(cheapOf).filter((point) => point.length > 0);
      const weights = inverseDensities(cheap, kernelDensity(members));
      // A generation that is asked for in parts is accepted in proportion.
      const share = Math.min(1, options.accepted! / options.children!);
      const count = Math.max(1, Math.round(asked * share));
      // No design is asked twice, so its key names the draw, however often the search was resumed.
      const rng = stream(seed, `lemonade/accept ${space.key(designs[0]!)}`);
      return weightedSample(weights, count, rng);
    },
  };
}

/**
 * The front, of equal points the oldest. As long as nothing is complete and feasible: the `fallback`
 * least bad, so that there is something to mutate.
 */
function survivors<G>(members: readonly Member<G>[], fallback: number): readonly Member<G>[] {
  const complete = members.filter((m) => m.tier === 0);
  if (complete.length === 0) {
    const open = members.filter((m) => m.tier < 3);
    return best(rank(open), fallback)
      .sort((a, b) => a - b)
      .map((i) => open[i]!);
  }
  const { ranks } = rank(complete);
  const points = new Set<string>();
  return complete.filter((m, i) => {
    const point = m.objectives.join();
    if (ranks[i] !== 0 || points.has(point)) return false;
    points.add(point);
    return true;
  });
}
