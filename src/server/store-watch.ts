/**
 * The store as the server sees it: a reader that never writes and never locks, opened again whenever
 * the file is replaced, and what changed between two looks.
 */
import { statSync } from "node:fs";
import { UserError } from "../base/errors.ts";
import { openReader, type StoreReader, type StudyPulse } from "../study/index.ts";
import type { ApiError, StoreEvent } from "./api/types.ts";

export class StoreWatch {
  readonly path: string;
  readonly #everyMs: number;
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  #reader: StoreReader | undefined;
  /** Of the file that the reader has open. */
  #seen = "";
  #timer: NodeJS.Timeout | undefined;
  #last = new Map<number, string>();
  #list = "";
  #problem: ApiError | undefined;

  /** @param everyMs how often the store is looked at while someone listens */
  constructor(path: string, everyMs = 200) {
    this.path = path;
    this.#everyMs = everyMs;
  }

  /** @throws UserError where the store cannot be read */
  read<T>(body: (reader: StoreReader) => T): T {
    // Replaced, or written to in place: SQLite keeps pages that it has read, and would not notice.
    const now = this.#fileNow();
    if (now !== this.#seen) this.close();
    this.#reader ??= openReader(this.path);
    this.#seen = now;
    try {
      return body(this.#reader);
    } catch (error) {
      // A view of a file that was replaced or damaged is not kept.
      this.close();
      throw error;
    }
  }

  /** As `read`; undefined where the store is not there or cannot be read. */
  ifThere<T>(body: (reader: StoreReader) => T): T | undefined {
    try {
      return this.read(body);
    } catch (error) {
      if (error instanceof UserError) return undefined;
      throw error;
    }
  }

  /** Tells the listener to read the list, and from then on what changes. */
  listen(listener: (event: StoreEvent) => void): () => void {
    // What changed for those who listen already is told now, so that nobody misses or hears it twice.
    this.#look();
    this.#listeners.add(listener);
    listener(
      this.#problem === undefined ? { kind: "studies" } : { kind: "problem", error: this.#problem },
    );
    this.#timer ??= setInterval(() => this.#look(), this.#everyMs).unref();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  #fileNow(): string {
    const { ino, mtimeMs, size } = statSync(this.path, { throwIfNoEntry: false }) ?? {};
    return `${ino} ${mtimeMs} ${size}`;
  }

  close(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }

  #look(): void {
    try {
      const now = this.read((reader) => reader.pulses());
      const back = this.#problem !== undefined;
      this.#problem = undefined;
      this.#compare(now, back);
    } catch (error) {
      const what = problemOf(error);
      if (what.message !== this.#problem?.message) this.#tell({ kind: "problem", error: what });
      this.#problem = what;
    }
  }

  /** @param back the store could not be read at the look before */
  #compare(now: readonly StudyPulse[], back: boolean): void {
    const list = JSON.stringify(now.map(({ id, name, note }) => [id, name, note]));
    if (list !== this.#list || back) this.#tell({ kind: "studies" });
    this.#list = list;
    const seen = new Map<number, string>();
    for (const study of now) {
      const { id, state, trials } = study;
      const text = `${state} ${trials}`;
      seen.set(id, text);
      if (this.#last.get(id) !== text) this.#tell({ kind: "study", id, state, trials });
    }
    this.#last = seen;
  }

  #tell(event: StoreEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

export function problemOf(error: unknown): ApiError {
  if (error instanceof UserError)
    return { message: error.message, ...(error.hint !== undefined && { hint: error.hint }) };
  return { message: "the store cannot be read", hint: String(error) };
}
