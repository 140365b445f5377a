import { execFileSync } from "node:child_process";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readTar } from "../../../src/runtime/data/tar.ts";
import { folderOf, newFolder, refusal, tarOf } from "./helpers.ts";

const long = `${"folder/".repeat(8)}${"n".repeat(120)}.txt`;
const files = {
  "a.txt": "first",
  [long]: "long name",
  "umlaut-ä/b.bin": Buffer.from([0, 1, 2, 255]),
  "empty.txt": "",
  "block.bin": Buffer.alloc(1024, 7),
};

async function contents(path: string, wanted: (name: string) => boolean = () => true) {
  const found: Record<string, Uint8Array> = {};
  for await (const { name, bytes } of readTar(path, wanted)) found[name] = bytes;
  return found;
}

describe("tar", () => {
  it.each(["gnu", "pax", "ustar"])("reads what the system's tar writes: %s", async (format) => {
    const given = format === "ustar" ? { ...files, [long]: undefined } : files;
    const present = Object.entries(given).filter((e) => e[1] !== undefined) as [string, string][];
    const folder = folderOf(Object.fromEntries(present));
    execFileSync("ln", ["-s", "a.txt", join(folder, "link")]);
    const archive = tarOf(folder, `--format=${format}`);
    const plain = join(newFolder(), "plain.tar");
    writeFileSync(plain, gunzipSync(readFileSync(archive)));
    for (const path of [archive, plain]) {
      const found = await contents(path);
      expect(Object.keys(found).sort()).toEqual(present.map(([name]) => name).sort());
      for (const [name, content] of present)
        expect(Buffer.compare(found[name]!, Buffer.from(content))).toBe(0);
    }
    expect(Object.keys(await contents(archive, (name) => name === "a.txt"))).toEqual(["a.txt"]);
  });

  it("says where an archive is damaged", async () => {
    const archive = tarOf(folderOf(files));
    const size = readFileSync(archive).length;
    truncateSync(archive, size - 40);
    expect((await refusal(() => contents(archive))).message).toMatch(/damaged: ends in the middle/);
    const plain = gunzipSync(readFileSync(tarOf(folderOf(files))));
    const cut = join(newFolder(), "cut.tar");
    writeFileSync(cut, plain.subarray(0, 1500));
    expect((await refusal(() => contents(cut))).message).toMatch(/ends in the middle/);
    const first = plain.indexOf("ustar") - 257;
    const second = plain.indexOf("ustar", first + 512) - 257;
    plain[second + 3] = 0x21;
    const broken = join(newFolder(), "broken.tar.gz");
    writeFileSync(broken, gzipSync(plain));
    expect((await refusal(() => contents(broken))).message).toMatch(/checksum is wrong/);
  });
});
