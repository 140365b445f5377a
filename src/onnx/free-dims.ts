/** Symbols for dimensions that a file leaves open, named after their place: `x_dim2`. */

/** Longer names are cut. */
const MAX_STEM = 200;

export class FreeDims {
  readonly #symbols = new Map<string, string>();
  readonly #uses = new Map<string, number>();

  symbol(value: string, axis: number): string {
    const place = `${axis} ${value}`;
    let symbol = this.#symbols.get(place);
    if (symbol === undefined) {
      const stem = value.slice(0, MAX_STEM).replaceAll(/[^A-Za-z0-9_]/g, "_");
      const base = `${stem.replace(/^(?=\d|$)/, "_")}_dim${axis}`;
      // Names that differ only in what was replaced must not become one dimension.
      const use = (this.#uses.get(base) ?? 0) + 1;
      this.#uses.set(base, use);
      symbol = use === 1 ? base : `${base}_${use}`;
      this.#symbols.set(place, symbol);
    }
    return symbol;
  }
}
