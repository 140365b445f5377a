/** Rows that are left out: counted by file and reason, never silently. */
export interface Skip {
  readonly reason: string;
  readonly count: number;
  readonly file: string;
}

export class Skips {
  readonly #counts = new Map<string, { reason: string; file: string; count: number }>();

  add(file: string, reason: string, count = 1): void {
    const key = `${file}\n${reason}`;
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { reason, file, count });
    else known.count += count;
  }

  /** The most frequent first. */
  list(): Skip[] {
    return [...this.#counts.values()]
      .map(({ reason, count, file }) => ({ reason, count, file }))
      .sort((a, b) => b.count - a.count);
  }
}
