/** A device file that cannot be used is wrong usage, whichever verb it is given to. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { shippedJson } from "../gpu/measured.ts";
import { commandIn, failure } from "./run.ts";

const table = fileURLToPath(new URL("../data/gpu/tables/llmcompass_matmul.csv", import.meta.url));
const profile = fileURLToPath(new URL("../data/gpu/profiles/kineto.json.gz", import.meta.url));
const { folder, run } = commandIn();
const file = shippedJson("t4") as { figures: { smCount: { value: number } } };
file.figures.smCount.value = 0;
writeFileSync(join(folder, "bad.json"), JSON.stringify(file));
writeFileSync(join(folder, "cut.json"), '{"schema": "tidemark-device/1",');

test.each([
  ["profile", "resnet18", "-d", "./bad.json"],
  ["compare", "resnet18", "-d", "t4,./bad.json"],
  ["widths", "resnet18", "-d", "./bad.json"],
  ["retune", "resnet18", "-d", "./bad.json", "--keep", "latency"],
  ["devices", "./bad.json"],
  ["validate", table, "-d", "./bad.json"],
  ["calibrate", "./bad.json", table],
  ["import-profile", profile, "-d", "./bad.json"],
])("%s %s", (...args) => {
  expect(failure(run(...args), 2)).toMatch(
    /bad\.json: figures\.smCount is 0, expected 1 to 4096 SM/,
  );
  const others = args.map((arg) => arg.replace("bad.json", "cut.json"));
  expect(failure(run(...others), 2)).toMatch(/device file \.\/cut\.json cannot be read/);
});
