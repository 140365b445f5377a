/**
 * Appending trials to a study in blocks that stay few: 64 neighbouring blocks of one level become
 * one of the next, like the digits of a counter. A trial is written again at most twice, and 100,000
 * trials stored one by one end in some hundred rows.
 */
import { invariant } from "../../base/errors.ts";
import { concatBlocks, type TrialBlock } from "../block.ts";
import { decodeBlock, encodeBlock } from "./codec.ts";
import { type Connection, prepare, type Statement } from "./schema.ts";

/** Neighbouring blocks of one level that are merged into one of the next. */
const FAN_IN = 64;
/** Blocks of this many trials stay as they are. */
const FULL_BLOCK = 4096;
/** Above every level that merging can reach. */
const FULL_LEVEL = 9;

export class BlockWriter {
  readonly #db: Connection;
  readonly #study: number;
  readonly #insert: Statement;
  /** Blocks of each level after the last block of a higher one. */
  #tail: number[];
  #trials: number;
  /** What these become when the transaction is committed. */
  #next: { readonly tail: number[]; readonly trials: number } | undefined;

  constructor(db: Connection, study: number) {
    this.#db = db;
    this.#study = study;
    this.#insert = prepare(
      db,
      "INSERT INTO block (study, first, count, level, data) VALUES (?, ?, ?, ?, ?)",
    );
    const rows = db
      .prepare("SELECT count, level FROM block WHERE study = ? ORDER BY first")
      .all(study) as { count: number; level: number }[];
    this.#tail = Array.from({ length: FULL_LEVEL }, () => 0);
    this.#trials = 0;
    for (const { count, level } of rows) {
      this.#trials += count;
      this.#tail = counted(this.#tail, level);
    }
  }

  /** Trials stored and committed. */
  get trials(): number {
    return this.#trials;
  }

  /** Within a transaction of the caller's, who calls `commit` when it has gone through. */
  append(block: TrialBlock): void {
    // What an append left that was rolled back.
    this.#next = undefined;
    if (block.count === 0) return;
    const trials = this.#trials + block.count;
    let level = block.count >= FULL_BLOCK ? FULL_LEVEL : 0;
    let tail = counted(this.#tail, level);
    this.#write(this.#trials, block, level);
    while (level < FULL_LEVEL && tail[level] === FAN_IN) {
      const merged = this.#merge(trials);
      tail[level] = 0;
      level = merged.count >= FULL_BLOCK ? FULL_LEVEL : level + 1;
      this.#write(trials - merged.count, merged, level);
      tail = counted(tail, level);
    }
    this.#next = { tail, trials };
  }

  commit(): void {
    if (!this.#next) return;
    this.#tail = this.#next.tail;
    this.#trials = this.#next.trials;
    this.#next = undefined;
  }

  #write(first: number, block: TrialBlock, level: number): void {
    this.#insert.run(this.#study, first, block.count, level, encodeBlock(block));
  }

  /** Takes the last `FAN_IN` blocks out. */
  #merge(trials: number): TrialBlock {
    const rows = this.#db
      .prepare("SELECT first, data FROM block WHERE study = ? ORDER BY first DESC LIMIT ?")
      .all(this.#study, FAN_IN) as { first: number; data: Buffer }[];
    const merged = concatBlocks(rows.reverse().map((row) => decodeBlock(row.data)));
    const { first } = rows[0]!;
    invariant(first + merged.count === trials, `blocks of study ${this.#study} do not add up`);
    this.#db.prepare("DELETE FROM block WHERE study = ? AND first >= ?").run(this.#study, first);
    return merged;
  }
}

/** One block of `level` more: it ends the runs of all lower levels. */
function counted(tail: readonly number[], level: number): number[] {
  return tail.map((n, l) => (l < level ? 0 : l === level ? n + 1 : n));
}
