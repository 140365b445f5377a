/** Gradients of one value by its readers, and their sum. */
import type { GradientBuilder } from "./builder.ts";

export class GradientSums {
  readonly #builder: GradientBuilder;
  readonly #parts = new Map<string, string[]>();

  constructor(builder: GradientBuilder) {
    this.#builder = builder;
  }

  add(value: string, g: string): void {
    const parts = this.#parts.get(value);
    if (parts) parts.push(g);
    else this.#parts.set(value, [g]);
  }

  /** Their sum; undefined where there are none. Asked for when every reader has added its own. */
  total(value: string): string | undefined {
    const parts = this.#parts.get(value);
    if (parts === undefined) return undefined;
    if (parts.length === 1) return parts[0];
    this.#builder.scope = `${value}/grad`;
    const sum = this.#builder.add(parts.length === 2 ? "Add" : "Sum", parts);
    this.#parts.set(value, [sum]);
    return sum;
  }
}
