/**
 * Looking at a store. A reader never writes, never locks a writer out, and works while a study
 * runs, after one was killed, and on media that cannot be written.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import Database from "libsql";
import { UserError } from "../../base/errors.ts";
import { EMPTY_BLOCK, type TrialBlock } from "../block.ts";
import type { StudySummary } from "../types.ts";
import { guarded, sqliteCode } from "./errors.ts";
import {
  findStudy,
  readOverviews,
  readPulses,
  readSummaries,
  readTrials,
  type StudyOverview,
  type StudyPulse,
  type StudyRecord,
} from "./queries.ts";
import { type Connection, isStore } from "./schema.ts";

export interface StoreReader {
  readonly path: string;
  studies(): StudySummary[];
  /** By id, name, or unique beginning of a name. */
  study(reference: string | number): StudyRecord;
  /** Studies with what they measure, without the algorithms' states. */
  overviews(): StudyOverview[];
  /** What changes: cheap enough to ask for several times a second. */
  pulses(): StudyPulse[];
  /** Trials `from` to `to` (exclusive), as far as there are any; all by default. */
  trials(id: number, from?: number, to?: number): TrialBlock;
  close(): void;
}

const SQLITE_CANTOPEN = 14;

/** @throws UserError where there is no store at `path`, or it is not one */
export function openReader(path: string): StoreReader {
  const file = resolve(path);
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat)
    throw new UserError(`no store at ${file}`, {
      hint: "run `tidemark explore` first, or name the file with --store or TIDEMARK_STORE",
    });
  if (stat.isDirectory())
    throw new UserError(`store ${file} is a folder`, {
      hint: "name a file, e.g. studies.db in it",
    });
  return new Reader(file);
}

class Reader implements StoreReader {
  readonly path: string;
  #view: View | undefined;

  constructor(path: string) {
    this.path = path;
    this.#read((db) => db);
  }

  studies(): StudySummary[] {
    return this.#read((db, hasTables) => (hasTables ? readSummaries(db) : []));
  }

  study(reference: string | number): StudyRecord {
    return this.#read((db, hasTables) => {
      if (hasTables) return findStudy(db, reference);
      throw new UserError(`no study '${reference}': store ${this.path} is empty`, { exitCode: 2 });
    });
  }

  overviews(): StudyOverview[] {
    return this.#read((db, hasTables) => (hasTables ? readOverviews(db) : []));
  }

  pulses(): StudyPulse[] {
    return this.#read((db, hasTables) => (hasTables ? readPulses(db) : []));
  }

  trials(id: number, from = 0, to?: number): TrialBlock {
    return this.#read((db, hasTables) => (hasTables ? readTrials(db, id, from, to) : EMPTY_BLOCK));
  }

  close(): void {
    this.#view?.close();
    this.#view = undefined;
  }

  /** `hasTables` is false for an empty file, as a writer that was killed at birth leaves it. */
  #read<T>(body: (db: Connection, hasTables: boolean) => T): T {
    return guarded(this.path, () => {
      for (;;) {
        this.#view ??= openView(this.path);
        const view = this.#view;
        let outcome: { value: T } | { error: unknown };
        try {
          outcome = { value: body(view.db, isStore(view.db, this.path)) };
        } catch (error) {
          outcome = { error };
        }
        // A still picture that moved meanwhile proves nothing: look again, now as a live reader.
        if (view.stale()) {
          this.close();
          continue;
        }
        if ("error" in outcome) throw outcome.error;
        return outcome.value;
      }
    });
  }
}

interface View {
  readonly db: Connection;
  /** Whether what was read through it may be inconsistent. */
  stale(): boolean;
  close(): void;
}

/**
 * Three ways to look without writing. While a write-ahead log is there (a study runs, or was
 * killed), an ordinary read-only connection shares the log's index with the writer. Without one,
 * the file is opened as immutable: no locks, and no `-wal` and `-shm` files appear beside it. On
 * read-only media with a log, both files are copied to a temporary folder and read there.
 */
function openView(path: string): View {
  if (!hasLog(path)) {
    const before = fingerprint(path);
    const db = new Database(uri(path, "immutable=1"));
    return {
      db,
      stale: () => hasLog(path) || fingerprint(path) !== before,
      close: () => db.close(),
    };
  }
  const db = new Database(uri(path, "mode=ro"));
  try {
    db.exec("PRAGMA busy_timeout = 10000");
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
    return { db, stale: () => false, close: () => db.close() };
  } catch (error) {
    db.close();
    if (sqliteCode(error) !== SQLITE_CANTOPEN) throw error;
    return openCopy(path);
  }
}

function openCopy(path: string): View {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, "studies.db");
    copyFileSync(path, copy);
    copyFileSync(`${path}-wal`, `${copy}-wal`);
    const db = new Database(uri(copy, "mode=ro"));
    return {
      db,
      stale: () => false,
      close: () => {
        db.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

function hasLog(path: string): boolean {
  return existsSync(`${path}-wal`) && statSync(`${path}-wal`).size > 0;
}

function fingerprint(path: string): string {
  const { ino, size, mtimeNs } = statSync(path, { bigint: true });
  return `${ino} ${size} ${mtimeNs}`;
}

/** SQLite's own form of a file name with parameters; `?`, `#` and `%` in the path are escaped. */
export function uri(path: string, parameters: string): string {
  return `${pathToFileURL(path).href}?${parameters}`;
}
