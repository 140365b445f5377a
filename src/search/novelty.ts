/** Which designs were asked before, so that none is asked twice. */
import type { Json } from "../base/json.ts";
import type { Rng } from "../base/rng.ts";
import { NumberSet } from "./number-set.ts";
import type { Space } from "./types.ts";
import type { Variator } from "./variator.ts";

/** Random draws that find nothing new before the unseen designs are looked up one by one. */
const DRAWS = 200;

export class Novelty<G> {
  readonly #space: Space;
  readonly #variator: Variator<G>;
  /** Keys are all numbers or all strings, as the variator makes them. */
  readonly #numbers: NumberSet;
  readonly #strings: Set<string>;

  constructor(space: Space, variator: Variator<G>, restored?: Json) {
    this.#space = space;
    this.#variator = variator;
    const keys = (restored ?? []) as readonly (string | number)[];
    this.#numbers = new NumberSet(keys.filter((key) => typeof key === "number"));
    this.#strings = new Set(keys.filter((key) => typeof key === "string"));
  }

  /** Every design of the space was taken. */
  get exhausted(): boolean {
    return this.#size >= this.#space.size;
  }

  /** Remembers the design; false where it was taken before. */
  take(genome: G): boolean {
    const key = this.#variator.key(genome);
    if (typeof key === "number") return this.#numbers.add(key);
    const before = this.#strings.size;
    return this.#strings.add(key).size > before;
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
    return [...this.#numbers.values(), ...this.#strings];
  }

  get #size(): number {
    return this.#numbers.size + this.#strings.size;
  }
}
