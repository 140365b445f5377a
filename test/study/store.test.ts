import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { describe, expect, it } from "vitest";
import { blockOf } from "../../src/study/block.ts";
import { openReader, openWriter, storePath } from "../../src/study/store/index.ts";
import { liveness, thisOwner } from "../../src/study/store/owner.ts";
import { temporaryFolder, userError } from "./helpers.ts";
import { storeContract, trial } from "./store-contract.ts";

const folder = temporaryFolder();
let files = 0;
const fresh = (name = "store") => join(folder, `${name}-${files++}.db`);

storeContract("SQLite file", {
  make() {
    const path = fresh();
    return { writer: openWriter(path), reader: () => openReader(path) };
  },
});

storeContract("SQLite file with an awkward name", {
  make() {
    const path = join(folder, "100% of #1? ü", `s ${files++}.db`);
    return { writer: openWriter(path), reader: () => openReader(path) };
  },
});

const META = { objectives: [], constraints: [], notes: [], size: null };

/** A store with one finished study of ten trials. */
function filled(path = fresh("filled")): string {
  const writer = openWriter(path);
  const owned = writer.create({ name: "one", spec: {}, meta: META });
  owned.append(blockOf(Array.from({ length: 10 }, (_, i) => trial(i))), { told: 10 });
  owned.release("finished");
  writer.close();
  return path;
}

/** Every way to open the file tells the same. */
async function bothSay(path: string, message: RegExp): Promise<void> {
  const before = statSync(path).isFile() ? readFileSync(path) : undefined;
  for (const open of [openReader, openWriter])
    expect(await userError(() => open(path))).toMatch(message);
  if (before) expect(readFileSync(path)).toEqual(before);
}

describe("files that are no store", () => {
  it("says so of an SQLite file of another program, and leaves it alone", async () => {
    const path = fresh("foreign");
    const db = new Database(path);
    db.exec("CREATE TABLE recipes (name TEXT)");
    db.close();
    await bothSay(path, /another program\n.*left as it is/s);
  });

  it("says so of one with another application id", async () => {
    const path = fresh("foreign");
    const db = new Database(path);
    db.exec("PRAGMA application_id = 42");
    db.close();
    await bothSay(path, /another program/);
  });

  it("says so of a file that is not SQLite at all", async () => {
    const path = fresh("text");
    writeFileSync(path, "accuracy,latency_ms\n".repeat(500));
    await bothSay(path, /not a Tidemark store \(not an SQLite file\)\n.*--store/s);
  });

  it("says so of a folder", async () => {
    const path = join(folder, "a-folder");
    mkdirSync(path);
    await bothSay(path, /is a folder/);
  });

  it("refuses a store of a newer version, naming both versions", async () => {
    const path = filled();
    const db = new Database(path);
    db.exec("PRAGMA user_version = 99");
    db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
    db.close();
    await bothSay(path, /version 99; this Tidemark knows up to 2\n.*newer Tidemark/s);
  });

  it("tells a reader that there is no store, and creates none", async () => {
    const path = fresh("missing");
    expect(await userError(() => openReader(path))).toMatch(/no store at .*missing.*\n.*explore/);
    expect(() => statSync(path)).toThrow();
  });

  it("takes an empty file for a store without studies", () => {
    const path = fresh("empty");
    writeFileSync(path, "");
    const reader = openReader(path);
    expect(reader.studies()).toEqual([]);
    expect(reader.trials(1).count).toBe(0);
    reader.close();
    openWriter(path).close();
    const again = openReader(path);
    expect(again.studies()).toEqual([]);
    again.close();
  });
});

describe("a damaged store", () => {
  it("is reported when half of it is missing", async () => {
    const path = filled();
    truncateSync(path, statSync(path).size / 2);
    const message = await userError(() => {
      const reader = openReader(path);
      reader.studies();
      return reader.trials(1);
    });
    expect(message).toMatch(/damaged\n.*copy/s);
  });

  it("is reported when a bit of a trial flips", async () => {
    const path = filled();
    const bytes = readFileSync(path);
    const at = bytes.indexOf("TMB1");
    expect(at).toBeGreaterThan(0);
    bytes[at + 40]! ^= 1;
    writeFileSync(path, bytes);
    const reader = openReader(path);
    expect(reader.studies()).toHaveLength(1);
    expect(await userError(() => reader.trials(1))).toMatch(/checksum/);
    reader.close();
  });
});

describe("looking at a store", () => {
  it("writes nothing: no byte changes, no file appears", () => {
    const path = filled(join(folder, "quiet", "s.db"));
    const at = join(folder, "quiet");
    const before = readdirSync(at).map((f) => [
      f,
      readFileSync(join(at, f)),
      statSync(join(at, f)).mtimeMs,
    ]);
    const reader = openReader(path);
    expect(reader.study("one").trials).toBe(10);
    expect(reader.trials(1).count).toBe(10);
    reader.close();
    const after = readdirSync(at).map((f) => [
      f,
      readFileSync(join(at, f)),
      statSync(join(at, f)).mtimeMs,
    ]);
    expect(after).toEqual(before);
  });

  it("sees what a killed writer left in the log, also from a copy on read-only media", () => {
    const path = fresh("killed");
    const writer = openWriter(path);
    const owned = writer.create({ name: "killed", spec: {}, meta: META });
    owned.append(blockOf([trial(0), trial(1)]), null);
    // The log as kill -9 leaves it: nothing has been moved to the main file.
    const copy = fresh("copy");
    copyFileSync(path, copy);
    copyFileSync(`${path}-wal`, `${copy}-wal`);
    writer.close();
    const reader = openReader(copy);
    expect(reader.study("killed")).toMatchObject({ state: "running", trials: 2 });
    reader.close();
  });

  it("works in a folder that cannot be written", ({ skip }) => {
    const at = join(folder, "read-only");
    mkdirSync(at);
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", at]);
    if (mounted.status !== 0) skip("a file system cannot be mounted here");
    try {
      const path = join(at, "s.db");
      const writer = openWriter(path);
      const owned = writer.create({ name: "logged", spec: {}, meta: META });
      owned.append(blockOf([trial(0)]), null);
      copyFileSync(path, join(at, "copy.db"));
      copyFileSync(`${path}-wal`, join(at, "copy.db-wal"));
      owned.release("finished");
      writer.close();
      const view = join(folder, "read-only-view");
      mkdirSync(view);
      spawnSync("mount", ["--bind", at, view]);
      expect(spawnSync("mount", ["-o", "remount,ro,bind", view]).status).toBe(0);
      expect(() => writeFileSync(join(view, "x"), "")).toThrow(/EROFS/);
      for (const [file, state] of [
        [join(view, "s.db"), "finished"],
        [join(view, "copy.db"), "running"],
      ] as const) {
        const reader = openReader(file);
        expect(reader.study("logged")).toMatchObject({ state, trials: 1 });
        expect(reader.trials(1).count).toBe(1);
        reader.close();
      }
    } finally {
      spawnSync("umount", ["-l", join(folder, "read-only-view")]);
      spawnSync("umount", ["-l", at]);
    }
  });
});

describe("writing when the machine says no", () => {
  it("keeps what was stored when the disk is full, and goes on when there is space", async ({
    skip,
  }) => {
    const at = join(folder, "full");
    mkdirSync(at);
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=640k", "tmpfs", at]);
    if (mounted.status !== 0) skip("a file system cannot be mounted here");
    try {
      const path = join(at, "s.db");
      const writer = openWriter(path);
      const owned = writer.create({ name: "full", spec: {}, meta: META });
      let stored = 0;
      const append = () => {
        for (let b = 0; b < 1000; b++) {
          const noise = Array.from({ length: 500 }, (_, i) => ({
            state: "complete" as const,
            design: { x: Math.sin(stored + i) },
            values: { loss: Math.cos(stored + i) },
          }));
          owned.append(blockOf(noise), { told: stored });
          stored += 500;
        }
      };
      expect(await userError(append)).toMatch(/s\.db cannot grow: the disk is full\n.*intact/s);
      expect(stored).toBeGreaterThan(0);
      const reader = openReader(path);
      expect(reader.trials(1).count).toBe(stored);
      expect(reader.study(1).trials).toBe(stored);
      expect(reader.study(1).search).toEqual({ state: { told: stored - 500 }, trials: stored });
      reader.close();
      spawnSync("mount", ["-o", "remount,size=8m", at]);
      owned.append(blockOf([trial(0)]));
      owned.release("finished");
      expect(writer.study(1)).toMatchObject({ trials: stored + 1, state: "finished" });
      writer.close();
    } finally {
      spawnSync("umount", ["-l", at]);
    }
  });

  it("names a file that another process has locked", async () => {
    const path = filled();
    const holder = new Database(path);
    holder.exec("BEGIN IMMEDIATE");
    const writer = openWriter(path, { busyTimeoutMs: 50 });
    expect(await userError(() => writer.create({ name: "second", spec: {}, meta: META }))).toMatch(
      /locked by another process\n.*wait/s,
    );
    // Looking is not hindered.
    const reader = openReader(path);
    expect(reader.studies()).toHaveLength(1);
    reader.close();
    holder.exec("ROLLBACK");
    expect(writer.create({ name: "second", spec: {}, meta: META }).name).toBe("second");
    writer.close();
    holder.close();
  });

  it("names a folder that cannot be made", async () => {
    const file = fresh("file");
    writeFileSync(file, "");
    expect(await userError(() => openWriter(join(file, "below", "s.db")))).toMatch(
      /cannot be created.*--store/s,
    );
  });
});

describe("the owner of a study", () => {
  it("is alive while its process is", () => {
    expect(liveness(thisOwner())).toBe("alive");
  });

  it("is dead when its process has ended, or its pid belongs to another", () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    expect(liveness({ ...thisOwner(), pid })).toBe("dead");
    expect(liveness({ ...thisOwner(), start: "1" })).toBe("dead");
  });

  it("is unknown on another machine, until it is taken over", async () => {
    const owner = { ...thisOwner(), host: "elsewhere" };
    expect(hostname()).not.toBe("elsewhere");
    expect(liveness(owner)).toBe("unknown");
    const path = filled();
    const db = new Database(path);
    db.prepare("UPDATE study SET owner = ?, state = 'running'").run(JSON.stringify(owner));
    db.close();
    const writer = openWriter(path);
    expect(await userError(() => writer.claim(1))).toMatch(/machine 'elsewhere'\n.*--take-over/s);
    writer.claim(1, true).release("interrupted");
    expect(writer.study(1).state).toBe("interrupted");
    writer.close();
  });
});

describe("the path of the store", () => {
  it("is the flag, else TIDEMARK_STORE, else the user's data folder", () => {
    const home = { HOME: "/home/ada" };
    expect(storePath("/a/b.db", { TIDEMARK_STORE: "/c.db" }, "linux")).toBe("/a/b.db");
    expect(storePath(undefined, { TIDEMARK_STORE: "/c.db" }, "linux")).toBe("/c.db");
    expect(storePath(undefined, { XDG_DATA_HOME: "/data" }, "linux")).toBe(
      "/data/tidemark/studies.db",
    );
    expect(storePath(undefined, { ...home, XDG_DATA_HOME: "relative" }, "linux")).toBe(
      "/home/ada/.local/share/tidemark/studies.db",
    );
    expect(storePath(undefined, home, "darwin")).toBe(
      "/home/ada/Library/Application Support/tidemark/studies.db",
    );
  });
});
