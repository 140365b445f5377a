/**
 * The store's one writing end. Every change is one SQLite transaction in WAL mode with
 * `synchronous = FULL`: after `kill -9` or a power cut, a batch is there whole or not at all.
 */
import { type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import Database from "libsql";
import { UserError } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import { makeFolder } from "../../runtime/folder.ts";
import { TRIAL_STATES, type TrialBlock } from "../block.ts";
import type { StudyState, StudySummary } from "../types.ts";
import { BlockWriter } from "./block-writer.ts";
import { guarded, SQLITE_FULL, sqliteCode, storeError } from "./errors.ts";
import { liveness, type Owner, thisOwner } from "./owner.ts";
import {
  findStudy,
  readBlock,
  readSummaries,
  type StudyMeta,
  type StudyRecord,
} from "./queries.ts";
import { uri } from "./reader.ts";
import { type Connection, createTables, isStore, migrate, prepare, transaction } from "./schema.ts";

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
  /** What `claim` would throw, for a look before long preparations. */
  refuseRunning(id: number, takeOver?: boolean): void;
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
    makeFolder(dirname(file));
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
      else migrate(this.#db);
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

  refuseRunning(id: number, takeOver = false): void {
    refuseWhereAlive(this.study(id), takeOver);
  }

  remove(id: number): void {
    this.#change((db) => {
      refuseWhereAlive(findStudy(db, id), false);
      db.prepare("DELETE FROM study WHERE id = ?").run(id);
    });
  }

  close(): void {
    if (!this.#db.open) return;
    try {
      // Leaves one file with everything in it, unless someone is reading just now.
      this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (error) {
      // What is committed is safe in the log, and every later reader and writer finds it there: on
      // a full disk it stays there.
      if (sqliteCode(error) !== SQLITE_FULL) throw storeError(error, this.path);
    } finally {
      this.#db.close();
    }
  }

  #change<T>(body: (db: Connection) => T): T {
    return guarded(this.path, () => transaction(this.#db, () => body(this.#db)));
  }

  #owned(id: number, name: string, owner: Owner): OwnedStudy {
    const mine = JSON.stringify(owner);
    const blocks = new BlockWriter(this.#db, id);
    // Only while the row names this owner; the count is a second guard against a lost batch.
    const update = prepare(
      this.#db,
      `UPDATE study SET trials = ?, failed = failed + ?,
         search = coalesce(?, search), search_at = iif(?, ?, search_at)
       WHERE id = ? AND owner = ? AND trials = ?`,
    );
    return {
      id,
      name,
      append: (block, search) => {
        this.#change(() => {
          const failed = block.states.filter((s) => TRIAL_STATES[s] === "failed").length;
          const before = blocks.trials;
          const after = before + block.count;
          const state = search === undefined ? null : JSON.stringify(search);
          const hasState = state === null ? 0 : 1;
          const { changes } = update.run(after, failed, state, hasState, after, id, mine, before);
          if (changes !== 1) throw lost(name);
          blocks.append(block);
        });
        blocks.commit();
      },
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
