import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { readingText } from "../../src/cli/dataset-options.ts";
import { png } from "../runtime/data/helpers.ts";
import { commandIn } from "./run.ts";

const BIN = fileURLToPath(new URL("../../bin/tidemark.mjs", import.meta.url));
const { folder, run } = commandIn();
/** util-linux's program that runs another on a terminal of its own. */
const hasTerminal =
  spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") === true;
if (!hasTerminal) console.warn("skipped: no program `script` to make a terminal with");

beforeAll(async () => {
  for (let i = 0; i < 60; i++) {
    const path = join(folder, "set", i % 2 ? "dark" : "light", `${i}.png`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await png(8, 8, 1, new Uint8Array(64).fill(i % 2 ? i : 255 - i)));
  }
});

/** To the beginning of the line, which is cleared. */
const ANEW = "\r\u001b[2K";
const VERBS = [
  ["data", "./set", "--no-cache"],
  ["train", "mlp:width=8", "--data", "./set", "--no-cache", "-n", "1", "-t", "1", "--overwrite"],
];

it("says in parts what is known", () => {
  const text = (share: number | undefined) =>
    readingText(
      { done: 12_500, what: "images decoded", ...(share !== undefined && { share }) },
      10_000,
    );
  expect(text(undefined)).toBe("12,500 images decoded");
  expect(text(0.01)).toBe("12,500 images decoded   1 %");
  expect(text(0.25)).toMatch(/^12,500 images decoded {3}25 % {3}30(\.0)? s left$/);
  expect(text(1)).toBe("12,500 images decoded   100 %");
});

it.each(VERBS)("%s shows nothing of it in a pipe", (...args) => {
  const ran = run(...args);
  expect(ran.code, ran.stderr).toBe(0);
  for (const part of ["decoded", "\r", "\u001b"])
    expect(ran.stdout + ran.stderr).not.toContain(part);
});

it.runIf(hasTerminal).each(VERBS)("%s follows the decoding on a terminal", (...args) => {
  const command = [process.execPath, BIN, ...args].map((part) => `'${part}'`).join(" ");
  const ran = spawnSync("script", ["-qec", command, "/dev/null"], {
    cwd: folder,
    encoding: "utf8",
  });
  expect(ran.status, ran.stdout).toBe(0);
  // The line is written over at the end.
  const [, after] = ran.stdout.split(`${ANEW}60 images decoded   100 %`);
  expect(after).toContain(ANEW);
});
