/** Rows that are left out: counted by file and reason, never silently. */
export interface Skip {
  readonly reason: string;
  readonly count: number;
  readonly file: string;
  /** The first of them, with what it holds where that tells more; null: no row is at fault. */
  readonly first: string | null;
}

export class Skips {
  readonly #counts = new Map<string, { -readonly [K in keyof Skip]: Skip[K] }>();

  /** @param first where it stands, e.g. `row 17` */
  add(file: string, reason: string, first: string | null, count = 1): void {
    const key = `${file}\n${reason}`;
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { reason, count, file, first });
    else known.count += count;
  }

  /** The most frequent first. */
  list(): Skip[] {
    return [...this.#counts.values()].sort((a, b) => b.count - a.count);
  }
}
