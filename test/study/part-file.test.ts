import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { removeLeftParts, writeWhole } from "../../src/study/objectives/part-file.ts";

const folderOf = () => mkdtempSync(join(tmpdir(), "tidemark-parts-"));

describe("parts of files", () => {
  it("are removed where their writer is gone, and only those", () => {
    const folder = folderOf();
    const gone = spawnSync(process.execPath, ["-e", "0"]).pid;
    const hourAgo = Date.now() / 1000 - 3600;
    const put = (name: string, old: boolean) => {
      writeFileSync(join(folder, name), "");
      if (old) utimesSync(join(folder, name), hourAgo, hourAgo);
    };
    put(`a.checkpoint.${gone}.part`, true);
    put(`b.checkpoint.${process.pid}.part`, true);
    // Perhaps of another machine.
    put(`c.checkpoint.${gone}.part`, false);
    put("a.checkpoint", true);
    put(`${gone}.partial`, true);
    removeLeftParts(folder);
    expect(readdirSync(folder).sort()).toEqual(
      [
        `b.checkpoint.${process.pid}.part`,
        `c.checkpoint.${gone}.part`,
        "a.checkpoint",
        `${gone}.partial`,
      ].sort(),
    );
  });

  it("leave nothing once they are whole", () => {
    const folder = folderOf();
    writeWhole(join(folder, "a"), "1");
    writeWhole(join(folder, "a"), "2");
    expect(readdirSync(folder)).toEqual(["a"]);
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("2");
  });
});
