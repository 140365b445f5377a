import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { StoreWatch } from "../../src/server/store-watch.ts";
import {
  annotateStudy,
  DEFAULT_STUDY,
  openWriter,
  resolveSpec,
  runStudy,
} from "../../src/study/index.ts";

const folder = mkdtempSync(join(tmpdir(), "tidemark-watch-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const original = join(folder, "original.db");

beforeAll(async () => {
  const search = { algorithm: "random" };
  const spec = resolveSpec({ ...DEFAULT_STUDY, search, budget: { evaluations: 20 } });
  await runStudy(spec, { store: original, workers: 0 });
});

describe("a store that changes under the server", () => {
  const names = (watch: StoreWatch) => watch.read((reader) => reader.studies().map((s) => s.name));

  it("that is overwritten in place is told, and read again once it is whole", () => {
    const path = join(folder, "studies.db");
    copyFileSync(original, path);
    const watch = new StoreWatch(path);
    expect(names(watch)).toEqual(["nasbench201"]);
    const { ino, size } = statSync(path);
    const file = openSync(path, "r+");
    writeSync(file, Buffer.alloc(size, 0x5a), 0, size, 0);
    expect(statSync(path).ino).toBe(ino);
    expect(() => names(watch)).toThrow(/studies\.db/);
    copyFileSync(original, path);
    expect(names(watch)).toEqual(["nasbench201"]);
    watch.close();
  });

  // The reader then shares the writer's log, and SQLite keeps the pages that it has read.
  it("that is overwritten in place while a study runs is told as well", () => {
    const path = join(folder, "running.db");
    copyFileSync(original, path);
    const writer = openWriter(path);
    const watch = new StoreWatch(path);
    try {
      annotateStudy(path, 1, "running");
      expect(existsSync(`${path}-wal`)).toBe(true);
      expect(names(watch)).toEqual(["nasbench201"]);
      const file = openSync(path, "r+");
      const { size } = statSync(path);
      writeSync(file, Buffer.alloc(size, 0x5a), 0, size, 0);
      expect(() => names(watch)).toThrow(/running\.db/);
    } finally {
      watch.close();
      writer.close();
    }
  });

  it("that is replaced by another is that other one", () => {
    const path = join(folder, "replaced.db");
    copyFileSync(original, path);
    const watch = new StoreWatch(path);
    expect(names(watch)).toHaveLength(1);
    rmSync(path);
    expect(() => names(watch)).toThrow(/no store at/);
    copyFileSync(original, path);
    expect(names(watch)).toHaveLength(1);
    watch.close();
  });
});
