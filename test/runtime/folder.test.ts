import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeFolder } from "../../src/runtime/folder.ts";

describe("makeFolder", () => {
  it("makes what is missing and names it", () => {
    const inside = mkdtempSync(join(tmpdir(), "tidemark-folder-"));
    const deep = join(inside, "a", "b");
    expect(makeFolder(deep)).toEqual([join(inside, "a"), deep]);
    expect(existsSync(deep)).toBe(true);
    expect(makeFolder(deep)).toEqual([]);
    writeFileSync(join(inside, "file"), "");
    expect(() => makeFolder(join(inside, "file", "x"))).toThrow(/ENOTDIR/);
    expect(() => makeFolder(join(inside, "file"))).toThrow(/EEXIST/);
  });

  it.runIf(process.platform === "linux")("ends where no folder can be made at all", () => {
    expect(() => makeFolder("/proc/tidemark/run")).toThrow(
      /ENOENT: \/proc takes no folders|EACCES|EPERM/,
    );
  });
});
