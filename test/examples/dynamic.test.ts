import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { commandIn } from "../cli/run.ts";

const script = fileURLToPath(new URL("../../examples/dynamic/run.mjs", import.meta.url));
const folder = () => mkdtempSync(join(tmpdir(), "tidemark-dynamic-example-"));
const json = (path: string) => JSON.parse(readFileSync(path, "utf8"));

function example(out: string, ...more: readonly string[]) {
  const args = [script, "--out", out, "--seeds", "1", "--rounds", "1", ...more];
  const env = { ...process.env, NO_COLOR: "1" };
  return spawnSync(process.execPath, args, { encoding: "utf8", env });
}

test("the tiny recipe gives what `dynamic run` says of its files, and is not run again", () => {
  const out = folder();
  const ran = example(out, "--only", "tiny");
  expect(ran.status, ran.stderr).toBe(0);
  const rows = json(join(out, "result.json"));
  expect(rows).toHaveLength(1);
  const at = (file: string) => join(out, "tiny-1", file);
  const { name, seed, seconds, times, network, ...row } = rows[0];
  expect([name, seed, network]).toEqual(["tiny", 1, at("calibrated.onnx")]);
  const { run: tidemark } = commandIn();
  const asked = [
    ["dynamic", "run", at("calibrated.onnx"), "--data", "fashion-mnist-tiny"],
    ["--dense", at("further.onnx"), "--device", "rtx-2080-ti", "--host", "cuda-graph"],
    ["--no-time", "-f", "json"],
  ].flat();
  const { network: _, times: none, ...said } = JSON.parse(tidemark(...asked).stdout);
  expect(none).toEqual([]);
  expect(row).toEqual(said);
  const sides = times.map((each: { batch: number; sides: readonly { name: string }[] }) => [
    each.batch,
    each.sides.map((side) => side.name),
  ]);
  expect(sides).toEqual([1, 32].map((batch) => [batch, ["dense", "dynamic", "worst case"]]));
  expect(seconds.dense).toBeGreaterThan(0);
  expect(seconds.dynamic).toBeGreaterThan(0);
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  expect(ran.stdout).toContain(
    `tiny, seed 1: dense ${percent(said.dense.accuracy)}, dynamic ${percent(said.accuracy)}, ${percent(said.macs.saved)} of the MACs saved`,
  );

  const written = statSync(at("trained.onnx")).mtimeMs;
  const again = example(out, "--only", "tiny");
  expect([again.status, again.stdout]).toEqual([0, ran.stdout]);
  expect(statSync(at("trained.onnx")).mtimeMs).toBe(written);
  expect(json(join(out, "result.json"))).toEqual(rows);
}, 240_000);

test("a recipe that there is not is one sentence", () => {
  const { status, stderr } = example(folder(), "--only", "tinny");
  expect(status).toBe(2);
  expect(stderr).toMatch(/^error: no recipe tinny; choose from cifar10-vgg, .*, tiny\n$/);
});
