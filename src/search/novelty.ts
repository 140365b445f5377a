/** Which designs were asked before, so that none is asked twice. */
import type { Json } from "../base/json.ts";
import type { Rng } from "../base/rng.ts";
import type { Space } from "./types.ts";
import type { Variator } from "./variator.ts";

/** Random draws that find nothing new before the unseen designs are looked up one by one. */
const DRAWS = 200;

export class Novelty<G> {
  readonly #space: Space;
  readonly #variator: Variator<G>;
  readonly #seen: Set<string | number>;

  constructor(space: Space, variator: Variator<G>, restored?: Json) {
    this.#space = space;
    this.#variator = variator;
    this.#seen = new Set(restored as readonly (string | number)[] | undefined);
  }

  /** Every design of the space was taken. */
  get exhausted(): boolean {
    return this.#seen.size >= this.#space.size;
  }

  /** Remembers the design; false where it was taken before. */
  take(genome: G): boolean {
    const before = this.#seen.size;
    return this.#seen.add(this.#variator.key(genome)).size > before;
  }

  /** Takes a random new design; undefined where there seems to be none left. */
  draw(rng: Rng): G | undefined {
    if (this.exhausted) return undefined;
    for (let i = 0; i < DRAWS; i++) {
      const genome = this.#variator.sample(rng);
      if (this.take(genome)) return genome;
    }
    const { size } = this.#space;
    if (!Number.isSafeInteger(size)) return undefined;
    // ends after as many looks as designs were taken
    const start = Math.floor(rng.float() * size);
    for (let k = 0; k < size; k++) {
      const genome = this.#variator.toGenome(this.#space.at((start + k) % size));
      if (this.take(genome)) return genome;
    }
    return undefined;
  }

  state(): Json {
    return [...this.#seen];
  }
}
