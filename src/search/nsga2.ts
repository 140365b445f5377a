/**
 * NSGA-II (Deb, Pratap, Agarwal & Meyarivan 2002), with the defaults of pymoo 0.6.
 *
 * It differs from pymoo in that a design seen in any generation is never evaluated again, that
 * places left empty by duplicates are filled at random, that ties in crowding keep the older, and
 * that categories without order are exchanged and redrawn, at half the rate of other mutations.
 */

import type { Json } from "../base/json.ts";
import { type Rng, stream } from "../base/rng.ts";
import type { AlgorithmDefinition, Settings } from "./algorithm.ts";
import { breederState, inBatches, type Member, membersFromJson, membersToJson } from "./batches.ts";
import { Novelty } from "./novelty.ts";
import { fittest, rank, tournament } from "./standing.ts";
import type { Algorithm, Space } from "./types.ts";
import { type Variator, withVariator } from "./variator.ts";

/** Rounds of mating that may fall short of a whole generation, as in pymoo. */
const ROUNDS = 100;

export const nsga2: AlgorithmDefinition = {
  name: "nsga2",
  summary: "NSGA-II: non-dominated sorting, crowding, simulated binary crossover",
  options: {
    population: {
      type: "integer",
      default: 100,
      min: 2,
      max: 100_000,
      summary: "designs in a generation",
    },
    crossover: {
      type: "number",
      default: 0.9,
      min: 0,
      max: 1,
      summary: "chance of a pair to be crossed",
    },
    crossoverEta: {
      type: "number",
      default: 15,
      min: 0,
      max: 1000,
      summary: "distribution index of simulated binary crossover",
    },
    crossoverPerVariable: {
      type: "number",
      default: 0.5,
      min: 0,
      max: 1,
      summary: "chance of each variable of a crossed pair to be crossed",
    },
    mutation: {
      type: "number",
      default: 0.9,
      min: 0,
      max: 1,
      summary:
        "chance of a child to be mutated, each variable then with min(0.5, 1/n), a category with half of it",
    },
    mutationEta: {
      type: "number",
      default: 20,
      min: 0,
      max: 1000,
      summary: "distribution index of polynomial mutation",
    },
  },
  create(space, settings) {
    const { options } = settings;
    const variation = {
      crossover: options.crossover!,
      eta: options.crossoverEta!,
      perVariable: options.crossoverPerVariable!,
      exchange: 0.5,
      mutation: options.mutation!,
      mutationEta: options.mutationEta!,
    };
    return withVariator(space, variation, (variator) => search(space, variator, settings));
  },
};

interface State {
  readonly generation: number;
  readonly population: Json;
  readonly crowding: readonly Json[];
  readonly seen: Json;
}

function search<G>(space: Space, variator: Variator<G>, settings: Settings): Algorithm {
  const size = settings.options.population!;
  const restored = breederState(settings.state) as unknown as State | undefined;
  const novelty = new Novelty(space, variator, restored?.seen);
  let generation = restored?.generation ?? 0;
  let population: Member<G>[] =
    restored === undefined ? [] : membersFromJson(restored.population, variator);
  let crowding: number[] = restored?.crowding.map(Number) ?? [];

  const select = (batch: readonly Member<G>[]) => {
    const all = population.concat(batch);
    const ranking = rank(all, size);
    const kept = fittest(ranking, size);
    population = kept.map((i) => all[i]!);
    crowding = kept.map((i) => ranking.crowding[i]!);
  };

  const breed = () => {
    const rng = stream(settings.seed, "nsga2", generation++);
    const children: G[] = [];
    const enough = () => children.length === size || novelty.exhausted;
    for (let round = 0; round < ROUNDS && population.length > 0 && !enough(); round++) {
      const parents = tournaments(
        population,
        crowding,
        2 * Math.ceil((size - children.length) / 2),
        rng,
      );
      for (let i = 0; i < parents.length; i += 2) {
        for (const child of variator.mate(parents[i]!, parents[i + 1]!, rng)) {
          if (children.length < size && novelty.take(child)) children.push(child);
        }
      }
    }
    while (children.length < size) {
      const child = novelty.draw(rng);
      if (child === undefined) break;
      children.push(child);
    }
    return children;
  };

  return inBatches(
    variator,
    {
      breed,
      select,
      state: () => ({
        generation,
        population: membersToJson(population, variator),
        crowding: crowding.map((x) => (Number.isFinite(x) ? x : String(x))),
        seen: novelty.state(),
      }),
    },
    settings.state,
  );
}

/** The winners of `n` binary tournaments; everyone meets once before anyone meets again. */
function tournaments<G>(
  population: readonly Member<G>[],
  crowding: readonly number[],
  n: number,
  rng: Rng,
): G[] {
  const entrants = new Uint32Array(2 * n);
  const deck = new Uint32Array(population.length);
  for (let i = 0; i < deck.length; i++) deck[i] = i;
  let left = 0;
  for (let i = 0; i < entrants.length; i++) {
    if (left === 0) left = deck.length;
    const drawn = rng.int(left--);
    entrants[i] = deck[drawn]!;
    deck[drawn] = deck[left]!;
    deck[left] = entrants[i]!;
  }
  const winners: G[] = [];
  for (let i = 0; i < entrants.length; i += 2) {
    const a = entrants[i]!;
    const b = entrants[i + 1]!;
    const order = tournament(population[a]!, population[b]!, crowding[a]!, crowding[b]!, rng);
    winners.push(population[order < 0 ? a : b]!.genome);
  }
  return winners;
}
