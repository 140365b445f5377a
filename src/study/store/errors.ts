/** What SQLite's error codes mean for the person whose store it is. */
import { UserError } from "../../base/errors.ts";

/** The disk is full. */
export const SQLITE_FULL = 13;

/** Primary result codes, https://sqlite.org/rescode.html */
const ADVICE: Readonly<Record<number, readonly [what: string, hint: string]>> = {
  5: [
    "is locked by another process",
    "wait for it to finish, or close the program that holds the file open",
  ],
  6: ["is locked by another process", "close the program that holds the file open"],
  8: ["cannot be written", "check the permissions of the file and of its folder"],
  10: ["cannot be read or written (input/output error)", "check the disk and its free space"],
  11: [
    "is damaged",
    "restore it from a copy; `sqlite3 FILE .recover` may save what can still be read",
  ],
  [SQLITE_FULL]: [
    "cannot grow: the disk is full",
    "free some space and resume the study; what was stored before is intact",
  ],
  14: ["cannot be opened", "check that the path exists and that you may read and write it"],
  26: ["is not a Tidemark store (not an SQLite file)", "name another file with --store"],
};

/** The primary SQLite result code of an error that libsql threw; undefined for any other error. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const raw = (error as { rawCode?: unknown }).rawCode;
  // Extended codes keep the primary code in their low byte.
  if (typeof raw === "number") return raw & 0xff;
  const connection = /^ConnectionFailed\(.*: (\d+)"\)$/s.exec(error.message);
  return connection ? Number(connection[1]) & 0xff : undefined;
}

/** Turns an SQLite error into one that a person can act on; anything else passes unchanged. */
export function storeError(error: unknown, path: string): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  const [what, hint] = ADVICE[code] ?? [
    `failed with SQLite error ${code} (${(error as Error).message})`,
    "check the file and its folder",
  ];
  return new UserError(`store ${path} ${what}`, { hint, cause: error });
}

/** Runs `body`; SQLite errors leave it as `UserError`s that name the file. */
export function guarded<T>(path: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw storeError(error, path);
  }
}

/** Whether another process was writing for longer than this one could wait. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error instanceof UserError ? error.cause : error);
  return code === 5 || code === 6;
}
