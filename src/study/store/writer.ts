/**
 * The store's one writing end. Every change is one SQLite transaction in WAL mode with
 * `synchronous = FULL`: after `kill -9` or a power cut, a batch is there whole or not at all.
 */
import { mkdirSync, type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import Database from "libsql";
import { invariant, UserError } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import { concatBlocks, TRIAL_STATES, type TrialBlock } from "../block.ts";
import type { StudyState, StudySummary } from "../types.ts";
import { decodeBlock, encodeBlock } from "./codec.ts";
import { guarded } from "./errors.ts";
import { liveness, type Owner, thisOwner } from "./owner.ts";
import {
  findStudy,
  readBlock,
  readSummaries,
  type StudyMeta,
  type StudyRecord,
} from "./queries.ts";
import { uri } from "./reader.ts";
import { type Connection, createTables, isStore, transaction } from "./schema.ts";

/** Neighbouring blocks of one level that are merged into one of the next. */
const FAN_IN = 64;
/** Blocks of this many trials stay as they are. */
const FULL_BLOCK = 4096;

export interface NewStudy {
  readonly name: string;
  readonly spec: Json;
  readonly meta: StudyMeta;
}

export interface StoreWriter {
  readonly path: string;
  studies(): StudySummary[];
  study(reference: string | number): StudyRecord;
  trials(id: number): TrialBlock;
  /** Creates a study, owned by this process. A name that is taken gets `-2`, `-3`, … */
  create(study: NewStudy): OwnedStudy;
  /**
   * Makes this process the owner of a study.
   *
   * @param takeOver also from an owner on another machine that cannot be asked whether it lives
   * @throws UserError where another process runs it
   */
  claim(id: number, takeOver?: boolean): OwnedStudy;
  /** Deletes a study and its trials. @throws UserError where a process runs it */
  remove(id: number): void;
  close(): void;
}

/** A study that this process may add to. */
export interface OwnedStudy {
  readonly id: number;
  readonly name: string;
  /**
   * Stores a batch, and with it the algorithm's state after it: both or neither.
   *
   * @param search undefined: the state stored before stays, and resuming tells the algorithm
   *   again what came after it
   */
  append(block: TrialBlock, search?: Json): void;
  /** Gives the study back. */
  release(state: StudyState): void;
}

export interface WriterOptions {
  /** How long to wait for another process that is writing; default 10 s. */
  readonly busyTimeoutMs?: number;
}

/** Opens the store at `path` to write, and creates it, and its folder, where it is missing. */
export function openWriter(path: string, options: WriterOptions = {}): StoreWriter {
  const file = resolve(path);
  prepareFolder(file);
  return guarded(file, () => new Writer(file, options.busyTimeoutMs ?? 10_000));
}

function prepareFolder(file: string): void {
  let stat: Stats | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true });
    stat = statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw new UserError(`store ${file} cannot be created: ${(error as Error).message}`, {
      hint: "name a file in a folder that you may write with --store",
      cause: error,
    });
  }
  if (stat?.isDirectory())
    throw new UserError(`store ${file} is a folder`, {
      hint: "name a file, e.g. studies.db in it",
    });
}

class Writer implements StoreWriter {
  readonly path: string;
  readonly #db: Connection;

  constructor(path: string, busyTimeoutMs: number) {
    this.path = path;
    this.#db = new Database(uri(path, "mode=rwc"));
    try {
      this.#db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
      // Whose file it is must be known before the first pragma that writes to it.
      const ours = isStore(this.#db, path);
      this.#db.exec("PRAGMA journal_mode = WAL");
      this.#db.exec("PRAGMA synchronous = FULL");
      this.#db.exec("PRAGMA foreign_keys = ON");
      if (!ours)
        transaction(this.#db, () => {
          // Another process may have been faster.
          if (!isStore(this.#db, path)) createTables(this.#db);
        });
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  studies(): StudySummary[] {
    return guarded(this.path, () => readSummaries(this.#db));
  }

  study(reference: string | number): StudyRecord {
    return guarded(this.path, () => findStudy(this.#db, reference));
  }

  trials(id: number): TrialBlock {
    return guarded(this.path, () => readBlock(this.#db, id));
  }

  create(study: NewStudy): OwnedStudy {
    const owner = thisOwner();
    return this.#change((db) => {
      const name = freeName(db, study.name);
      const { lastInsertRowid } = db
        .prepare(
          "INSERT INTO study (name, created_at, state, spec, meta, owner) VALUES (?, ?, 'running', ?, ?, ?)",
        )
        .run(
          name,
          new Date().toISOString(),
          JSON.stringify(study.spec),
          JSON.stringify(study.meta),
          JSON.stringify(owner),
        );
      return this.#owned(Number(lastInsertRowid), name, owner);
    });
  }

  claim(id: number, takeOver = false): OwnedStudy {
    const owner = thisOwner();
    return this.#change((db) => {
      const record = findStudy(db, id);
      refuseWhereAlive(record, takeOver);
      db.prepare("UPDATE study SET owner = ?, state = 'running' WHERE id = ?").run(
        JSON.stringify(owner),
        id,
      );
      return this.#owned(id, record.name, owner);
    });
  }

  remove(id: number): void {
    this.#change((db) => {
      refuseWhereAlive(findStudy(db, id), false);
      db.prepare("DELETE FROM study WHERE id = ?").run(id);
    });
  }

  close(): void {
    // Leaves one file with everything in it, unless someone is reading just now.
    if (this.#db.open) this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    this.#db.close();
  }

  #change<T>(body: (db: Connection) => T): T {
    return guarded(this.path, () => transaction(this.#db, () => body(this.#db)));
  }

  #owned(id: number, name: string, owner: Owner): OwnedStudy {
    const mine = JSON.stringify(owner);
    return {
      id,
      name,
      append: (block, search) =>
        this.#change((db) => {
          const failed = block.states.filter((s) => TRIAL_STATES[s] === "failed").length;
          const row = db
            .prepare(
              `UPDATE study SET trials = trials + ?, failed = failed + ?
               WHERE id = ? AND owner = ? RETURNING trials`,
            )
            .get(block.count, failed, id, mine) as { trials: number } | undefined;
          if (!row) throw lost(name);
          if (block.count > 0) appendBlock(db, id, row.trials, block);
          if (search !== undefined)
            db.prepare("UPDATE study SET search = ?, search_at = ? WHERE id = ?").run(
              JSON.stringify(search),
              row.trials,
              id,
            );
        }),
      release: (state) =>
        this.#change((db) => {
          const { changes } = db
            .prepare("UPDATE study SET owner = NULL, state = ? WHERE id = ? AND owner = ?")
            .run(state, id, mine);
          if (changes !== 1) throw lost(name);
        }),
    };
  }
}

function lost(name: string): UserError {
  return new UserError(`study '${name}' was deleted or taken over by another process`, {
    hint: "`tidemark studies` shows what is there; what this process stored before is intact",
  });
}

function refuseWhereAlive(record: StudyRecord, takeOver: boolean): void {
  const { owner, name } = record;
  if (!owner) return;
  const alive = liveness(owner);
  if (alive === "alive")
    throw new UserError(`study '${name}' is being run by process ${owner.pid}`, {
      hint: "wait for it, or stop it and resume; `studies`, `front`, `export` and `report` work meanwhile",
    });
  if (alive === "unknown" && !takeOver)
    throw new UserError(
      `study '${name}' is marked as run by process ${owner.pid} on machine '${owner.host}'`,
      { hint: "if that process is gone, resume with --take-over" },
    );
}

function freeName(db: Connection, wanted: string): string {
  const taken = db.prepare("SELECT 1 FROM study WHERE name = ?");
  let name = wanted;
  for (let n = 2; taken.get(name); n++) name = `${wanted}-${n}`;
  return name;
}

function appendBlock(db: Connection, study: number, trials: number, block: TrialBlock): void {
  const insert = db.prepare(
    "INSERT INTO block (study, first, count, level, data) VALUES (?, ?, ?, ?, ?)",
  );
  const first = trials - block.count;
  const level = block.count >= FULL_BLOCK ? FULL_LEVEL : 0;
  insert.run(study, first, block.count, level, encodeBlock(block));
  for (let l = level; l < FULL_LEVEL; l++) {
    const tail = db
      .prepare("SELECT first, count, level FROM block WHERE study = ? ORDER BY first DESC LIMIT ?")
      .all(study, FAN_IN) as { first: number; count: number; level: number }[];
    if (tail.length < FAN_IN || tail.some((row) => row.level !== l)) return;
    const from = tail.at(-1)!.first;
    const rows = db
      .prepare("SELECT data FROM block WHERE study = ? AND first >= ? ORDER BY first")
      .all(study, from) as { data: Buffer }[];
    const merged = concatBlocks(rows.map((row) => decodeBlock(row.data)));
    invariant(from + merged.count === trials, `blocks of study ${study} do not add up`);
    db.prepare("DELETE FROM block WHERE study = ? AND first >= ?").run(study, from);
    const next = merged.count >= FULL_BLOCK ? FULL_LEVEL : l + 1;
    insert.run(study, from, merged.count, next, encodeBlock(merged));
    if (next === FULL_LEVEL) return;
  }
}

/** Above every level that merging can reach: 64^9 trials. */
const FULL_LEVEL = 9;
