/**
 * Regularised (aging) evolution (Real, Aggarwal, Huang & Le, AAAI 2019): the best of a random
 * sample of the population is mutated, and the oldest members die.
 *
 * With several objectives, "best" is the lower non-dominated rank within the population, then the
 * larger crowding distance; with one objective this is the published algorithm. Children are bred
 * `batch` at a time from the same population: a larger batch keeps more workers busy and changes
 * the search, the number of workers does not.
 */

import type { Json } from "../base/json.ts";
import { stream } from "../base/rng.ts";
import type { AlgorithmDefinition, Settings } from "./algorithm.ts";
import { breederState, inBatches, type Member, membersFromJson, membersToJson } from "./batches.ts";
import { Novelty } from "./novelty.ts";
import { best, rank } from "./standing.ts";
import type { Algorithm, Space } from "./types.ts";
import { MUTATION_ONLY, type Variator, withVariator } from "./variator.ts";

/** Mutations on top of one another before a child that was seen is replaced by a random design. */
const STEPS = 50;

export const regularizedEvolution: AlgorithmDefinition = {
  name: "regularized-evolution",
  summary: "regularised evolution: mutate the best of a sample, the oldest die",
  options: {
    population: {
      type: "integer",
      default: 100,
      min: 1,
      max: 100_000,
      summary: "members alive",
    },
    sample: {
      type: "integer",
      default: 25,
      min: 1,
      max: 100_000,
      summary: "members that compete to be a parent",
    },
    batch: {
      type: "integer",
      default: 10,
      min: 1,
      max: 10_000,
      summary: "children bred from one population",
    },
  },
  create(space, settings) {
    return withVariator(space, MUTATION_ONLY, (variator) => search(space, variator, settings));
  },
};

interface State {
  readonly round: number;
  readonly population: Json;
  readonly seen: Json;
}

function search<G>(space: Space, variator: Variator<G>, settings: Settings): Algorithm {
  const { options, seed } = settings;
  const size = options.population!;
  const restored = breederState(settings.state) as unknown as State | undefined;
  const novelty = new Novelty(space, variator, restored?.seen);
  let round = restored?.round ?? 0;
  /** Oldest first. */
  let population: readonly Member<G>[] =
    restored === undefined ? [] : membersFromJson(restored.population, variator);

  const breed = () => {
    const rng = stream(seed, "regularized-evolution", round++);
    const children: G[] = [];
    const founding = population.length === 0;
    const count = founding ? size : options.batch!;
    // position of each member from best to worst
    const place = new Int32Array(population.length);
    best(rank(population), population.length).forEach((i, p) => {
      place[i] = p;
    });
    const parent = () => {
      let winner = rng.int(population.length);
      for (let k = 1; k < options.sample!; k++) {
        const rival = rng.int(population.length);
        if (place[rival]! < place[winner]!) winner = rival;
      }
      return population[winner]!.genome;
    };
    const child = () => {
      let genome = parent();
      for (let step = 0; step < STEPS; step++) {
        genome = variator.neighbour(genome, rng);
        if (novelty.take(genome)) return genome;
      }
      return novelty.draw(rng);
    };
    while (children.length < count && !novelty.exhausted) {
      const next = founding ? novelty.draw(rng) : child();
      if (next === undefined) break;
      children.push(next);
    }
    return children;
  };

  return inBatches(
    variator,
    {
      breed,
      select(batch) {
        population = [...population, ...batch].slice(-size);
      },
      state: () => ({
        round,
        population: membersToJson(population, variator),
        seen: novelty.state(),
      }),
    },
    settings.state,
  );
}
