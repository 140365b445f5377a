/** Noise that a step is fed: a function of seed and step alone. */
import { stream } from "../../base/rng.ts";
import type { DenseTensor } from "../types.ts";
import type { TrainingStep } from "./types.ts";

/** Of a random number; with the half that is added a float32 holds every value, 0 and 1 are none. */
const BITS = 23;

export class TrainingNoise {
  readonly #seed: number;
  readonly #tensors: Readonly<Record<string, DenseTensor & { readonly data: Float32Array }>>;

  constructor(inputs: TrainingStep["noise"], seed: number) {
    this.#seed = seed;
    this.#tensors = Object.fromEntries(
      inputs.map(({ name, dims }) => {
        const data = new Float32Array(dims.reduce((a, b) => a * b, 1));
        return [name, { dtype: "float32", dims, data }];
      }),
    );
  }

  /**
   * Uniform in (0, 1). The next call writes over what it returns.
   *
   * @param step steps done before this one
   */
  at(step: number): Readonly<Record<string, DenseTensor>> {
    const rng = stream(this.#seed, "training-noise", step);
    for (const { data } of Object.values(this.#tensors))
      for (let i = 0; i < data.length; i++)
        data[i] = ((rng.bits() >>> (32 - BITS)) + 0.5) / 2 ** BITS;
    return this.#tensors;
  }
}
