/** Notes on studies: the one change that is not the owner's. */
import { resolve } from "node:path";
import Database from "libsql";
import { guarded } from "./errors.ts";
import { findStudy } from "./queries.ts";
import { openReader, uri } from "./reader.ts";
import { isStore, migrate } from "./schema.ts";

/** Characters of a note at most. */
export const MAX_NOTE = 65_536;

/**
 * Sets the note of a study, "" for none. One short transaction; where a study is just being written, it
 * waits for that, and the writer waits for it.
 *
 * @param busyTimeoutMs how long to wait for another process that is writing
 * @throws UserError where there is no such store or study, or the wait was too long (`isBusy`)
 */
export function annotateStudy(path: string, id: number, note: string, busyTimeoutMs = 10_000) {
  const file = resolve(path);
  // A wrong path must not become an empty store, nor a study of none a migration.
  const reader = openReader(file);
  try {
    reader.study(id);
  } finally {
    reader.close();
  }
  guarded(file, () => {
    const db = new Database(uri(file, "mode=rw"));
    try {
      db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
      isStore(db, file);
      migrate(db);
      const { changes } = db.prepare("UPDATE study SET note = ? WHERE id = ?").run(note, id);
      // Deleted since the look above.
      if (changes === 0) findStudy(db, id);
    } finally {
      db.close();
    }
  });
}
