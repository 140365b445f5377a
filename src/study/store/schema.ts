/** The store's tables, and how to tell a store from any other file. */
import type Database from "libsql";
import { UserError } from "../../base/errors.ts";

/** "TIDE", in the SQLite header, so that `file` and we know whose file it is. */
export const APPLICATION_ID = 0x54494445;
/** In `user_version`. Raise it with every change of the tables, and add the step to `migrate`. */
export const SCHEMA_VERSION = 2;

const TABLES = `
CREATE TABLE study (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  created_at TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'finished', 'interrupted')),
  spec TEXT NOT NULL,
  -- objectives, constraints and notes of the problem as it was run
  meta TEXT NOT NULL,
  trials INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  -- the algorithm's state after this many trials; those after it are told again on resume
  search TEXT,
  search_at INTEGER NOT NULL DEFAULT 0,
  -- the process that runs it: pid, start, boot, host, token
  owner TEXT,
  -- Markdown of the user's; since version 2
  note TEXT NOT NULL DEFAULT ''
) STRICT;
-- Trials in blocks by column (codec.ts), in order. 64 neighbours of one level become one of the next.
CREATE TABLE block (
  study INTEGER NOT NULL REFERENCES study (id) ON DELETE CASCADE,
  first INTEGER NOT NULL,
  count INTEGER NOT NULL,
  level INTEGER NOT NULL,
  data BLOB NOT NULL,
  UNIQUE (study, first)
) STRICT;
`;

export type Connection = Database.Database;
/** The part of libsql's prepared statement that is kept between calls. */
export interface Statement {
  run(...values: unknown[]): { readonly changes: number };
}

export function prepare(db: Connection, sql: string): Statement {
  return db.prepare<unknown[]>(sql);
}

export function pragma(db: Connection, name: string): number {
  const row = db.prepare(`PRAGMA ${name}`).get() as Record<string, unknown>;
  return Number(row[name]);
}

/**
 * Whether the file is a store (true) or an empty database (false).
 *
 * @throws UserError where it belongs to another program or to a newer Tidemark
 */
export function isStore(db: Connection, path: string): boolean {
  const id = pragma(db, "application_id");
  if (id === APPLICATION_ID) {
    const version = pragma(db, "user_version");
    if (version > SCHEMA_VERSION)
      throw new UserError(
        `store ${path} has schema version ${version}; this Tidemark knows up to ${SCHEMA_VERSION}`,
        { hint: "use the newer Tidemark that wrote it, or name another file with --store" },
      );
    return true;
  }
  const tables = db.prepare("SELECT count(*) AS n FROM sqlite_schema").get() as { n: number };
  if (id === 0 && tables.n === 0) return false;
  throw new UserError(`store ${path} is an SQLite file of another program`, {
    hint: "name another file with --store; this one was left as it is",
  });
}

export function createTables(db: Connection): void {
  db.exec(TABLES);
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
}

/** From the version before to each, by what it leads to. */
const STEPS: Readonly<Record<number, string>> = {
  2: "ALTER TABLE study ADD COLUMN note TEXT NOT NULL DEFAULT ''",
};

/**
 * Brings a store of an older version up to date; nothing where it is. A process of the older version
 * that is writing goes on: it names the columns that it writes.
 */
export function migrate(db: Connection): void {
  if (pragma(db, "user_version") >= SCHEMA_VERSION) return;
  transaction(db, () => {
    // Another process may have been faster.
    for (let version = pragma(db, "user_version") + 1; version <= SCHEMA_VERSION; version++) {
      db.exec(STEPS[version]!);
      db.exec(`PRAGMA user_version = ${version}`);
    }
  });
}

/** Whether studies have notes: stores of version 1 have none until someone writes to them. */
export function hasNotes(db: Connection): boolean {
  return pragma(db, "user_version") >= 2;
}

/** All or nothing; rolls back what SQLite has not rolled back already (it does so on a full disk). */
export function transaction<T>(db: Connection, body: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = body();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
