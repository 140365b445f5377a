import { spawnSync } from "node:child_process";
import { join } from "node:path";
import Database from "libsql";
import { expect, it } from "vitest";
import { annotate } from "../../src/server/annotate.ts";
import { blockOf } from "../../src/study/block.ts";
import { annotateStudy, isBusy, openReader, openWriter } from "../../src/study/index.ts";
import { temporaryFolder, userError } from "./helpers.ts";

const folder = temporaryFolder();
const meta = { objectives: [], constraints: [], notes: [], size: null } as const;
const batch = (n: number) =>
  blockOf([{ state: "complete", design: { x: n }, values: { loss: n } }]);

/** A store as version 1 wrote it, with one study of two trials. */
function old(name: string): string {
  const path = join(folder, name);
  const writer = openWriter(path);
  const study = writer.create({ name: "old", spec: {}, meta });
  study.append(batch(1));
  study.append(batch(2), { told: 2 });
  study.release("interrupted");
  writer.close();
  const db = new Database(path);
  db.exec("ALTER TABLE study DROP COLUMN note");
  db.exec("PRAGMA user_version = 1");
  db.close();
  return path;
}

const version = (path: string) => {
  const db = new Database(path);
  const row = db.prepare("PRAGMA user_version").get() as { user_version: number };
  db.close();
  return row.user_version;
};

it("is kept, read back, and taken away", () => {
  const path = join(folder, "new.db");
  const writer = openWriter(path);
  const study = writer.create({ name: "new", spec: {}, meta });
  const reader = openReader(path);
  const note = "# Why\n\n<b>ü</b> 'quoted' \"twice\"";
  expect(reader.study(1).note).toBe("");
  annotateStudy(path, 1, note);
  expect(reader.study(1).note).toBe(note);
  expect(reader.overviews()[0]!.note).toBe(note);
  expect(writer.study(1).note).toBe(note);
  // The owner goes on as before.
  study.append(batch(1));
  annotateStudy(path, 1, "");
  study.release("finished");
  expect(reader.study(1)).toMatchObject({ note: "", state: "finished", trials: 1 });
  reader.close();
  writer.close();
});

it("of a store of version 1 are empty, and looking does not change it", () => {
  const path = old("look.db");
  const reader = openReader(path);
  expect(reader.study("old")).toMatchObject({ note: "", trials: 2 });
  expect(reader.overviews()).toMatchObject([{ note: "", name: "old" }]);
  expect(reader.pulses()).toMatchObject([{ note: "", name: "old" }]);
  reader.close();
  expect(version(path)).toBe(1);
});

it("bring a store of version 1 to version 2, with all that was in it", () => {
  const path = old("annotated.db");
  const reader = openReader(path);
  const before = { ...reader.study(1), trials: reader.trials(1) };
  annotateStudy(path, 1, "since version 2");
  expect(version(path)).toBe(2);
  // The reader that was open all along sees it.
  expect({ ...reader.study(1), trials: reader.trials(1) }).toEqual({
    ...before,
    note: "since version 2",
  });
  reader.close();
});

it("can be written to a store of version 1 that a writer opened", () => {
  const path = old("written.db");
  const writer = openWriter(path);
  expect(version(path)).toBe(2);
  const study = writer.claim(1);
  study.append(batch(3));
  study.release("finished");
  writer.close();
  openWriter(path).close();
  const reader = openReader(path);
  expect(reader.study(1)).toMatchObject({ trials: 3, note: "", state: "finished" });
  reader.close();
});

it("leave a writer of version 1 at work", () => {
  const path = old("running.db");
  // What a process of the older version does: it names the columns that it writes.
  const db = new Database(path);
  db.exec("PRAGMA journal_mode = WAL");
  const update = db.prepare<unknown[]>("UPDATE study SET trials = ? WHERE id = ? AND trials = ?");
  expect(update.run(3, 1, 2).changes).toBe(1);
  annotateStudy(path, 1, "meanwhile");
  expect(update.run(4, 1, 3).changes).toBe(1);
  db.close();
  const reader = openReader(path);
  expect(reader.study(1)).toMatchObject({ note: "meanwhile", trials: 4 });
  reader.close();
});

it("wait for a writer, and say so where it takes too long", async () => {
  const path = join(folder, "waits.db");
  const writer = openWriter(path);
  writer.create({ name: "waits", spec: {}, meta });
  const db = new Database(path);
  db.exec("BEGIN IMMEDIATE");
  let error: unknown;
  try {
    annotateStudy(path, 1, "too soon", 50);
  } catch (caught) {
    error = caught;
  }
  expect(isBusy(error)).toBe(true);
  expect(String(error)).toMatch(/locked by another process/);
  setTimeout(() => db.exec("COMMIT"), 300);
  await annotate(path, 1, "in time");
  db.close();
  const reader = openReader(path);
  expect(reader.study(1).note).toBe("in time");
  reader.close();
  writer.close();
});

it("are not written where there is no store or study, and nothing is created", async () => {
  const path = join(folder, "none.db");
  expect(await userError(() => annotateStudy(path, 1, "x"))).toMatch(/no store/);
  const writer = openWriter(path);
  writer.close();
  expect(await userError(() => annotateStudy(path, 7, "x"))).toMatch(/no study '7'/);
});

it("survive the machine's sqlite3, where there is one", ({ skip }) => {
  const path = join(folder, "new.db");
  const found = spawnSync("sqlite3", [path, "PRAGMA integrity_check"], { encoding: "utf8" });
  if (found.error) skip("no sqlite3 here");
  expect(found.stdout.trim()).toBe("ok");
});
