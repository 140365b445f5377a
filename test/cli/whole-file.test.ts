import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { writeWhole } from "../../src/cli/whole-file.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tidemark-whole-"));
  path = join(folder, "out.txt");
});

describe("writeWhole", () => {
  it("writes pieces in order, over what was there", () => {
    writeFileSync(path, "before");
    const pieces = Array.from({ length: 3000 }, (_, i) => `${i} `.repeat(200));
    writeWhole(path, pieces, "hint");
    expect(readFileSync(path, "utf8")).toBe(pieces.join(""));
    expect(readdirSync(folder)).toEqual(["out.txt"]);
  });

  it("leaves what was there, and nothing else, where the text ends in an error of its own", () => {
    writeFileSync(path, "before");
    function* broken() {
      yield "x".repeat(3 << 20);
      throw new Error("no more text");
    }
    expect(() => writeWhole(path, broken(), "hint")).toThrow("no more text");
    expect(readFileSync(path, "utf8")).toBe("before");
    expect(readdirSync(folder)).toEqual(["out.txt"]);
  });

  it("leaves a pipe where it is", () => {
    execFileSync("mkfifo", [path]);
    expect(() => writeWhole(path, "text", "hint")).toThrow(/it is no file/);
    expect(statSync(path).isFIFO()).toBe(true);
  });

  it("says what cannot be written, with the hint", () => {
    mkdirSync(path);
    try {
      writeWhole(path, "text", "choose another place");
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).message).toContain(`${path} cannot be written`);
      expect((error as UserError).hint).toBe("choose another place");
    }
    expect(readdirSync(folder)).toEqual(["out.txt"]);
  });
});
