/** Uniform random search; without replacement, so that a finite space is used up exactly. */
import { stream } from "../base/rng.ts";
import type { AlgorithmDefinition } from "./algorithm.ts";
import { sequence } from "./sequence.ts";
import type { Design, Space } from "./types.ts";

/** Draws in a row that find nothing new before a space with a real parameter counts as used up. */
const PATIENCE = 1000;

export const random: AlgorithmDefinition = {
  name: "random",
  summary: "uniform random designs, none twice",
  options: {},
  create(space, { seed, state }) {
    const next = Number.isSafeInteger(space.size) ? permutation(space, seed) : draws(space, seed);
    return sequence(
      state,
      (n) => {
        for (let i = 0; i < n; i++) next();
      },
      next,
    );
  },
};

/** Fisher-Yates that stores only the displaced indices: memory grows with what was drawn. */
function permutation(space: Space, seed: number): () => Design | undefined {
  const rng = stream(seed, "random/permutation");
  const displaced = new Map<number, number>();
  let i = 0;
  return () => {
    if (i >= space.size) return undefined;
    const j = i + rng.int(space.size - i);
    const chosen = displaced.get(j) ?? j;
    displaced.set(j, displaced.get(i) ?? i);
    displaced.delete(i);
    i++;
    return space.at(chosen);
  };
}

function draws(space: Space, seed: number): () => Design | undefined {
  const rng = stream(seed, "random/draws");
  const seen = new Set<string>();
  return () => {
    for (let attempt = 0; attempt < PATIENCE; attempt++) {
      const design = space.sample(rng);
      const key = space.key(design);
      if (seen.has(key)) continue;
      seen.add(key);
      return design;
    }
    return undefined;
  };
}
