import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { commandIn } from "./cli/run.ts";

const folder = fileURLToPath(new URL("../examples/", import.meta.url));
const readme = readFileSync(`${folder}README.md`, "utf8");

/** The commands of the examples' own table. */
const commands = [...readme.matchAll(/`npx tidemark (explore [^`]+)`/g)].map((m) => m[1]!);

test("the table names the examples", () => {
  expect(commands.length).toBeGreaterThanOrEqual(4);
});

test.each(commands)("%s", (command) => {
  const { run } = commandIn();
  const args = command.split(" ").map((arg) => arg.replace(/^examples\//, folder));
  const ran = run(...args, "--no-report", "-f", "json");
  expect(ran.code, ran.stderr).toBe(0);
  const found = JSON.parse(ran.stdout);
  expect(found.evaluations).toBeGreaterThan(100);
  expect(found.front.length).toBeGreaterThan(1);
  expect(found.hypervolume).toBeGreaterThan(0);
});

test("morphism/study.yaml trains what it searches; here for one epoch and few designs", () => {
  const { folder: here, run } = commandIn();
  const study = readFileSync(`${folder}morphism/study.yaml`, "utf8");
  expect(readme).toContain("examples/morphism/study.yaml");
  expect(study).toMatch(/epochs: 6/);
  const short = join(here, "short.yaml");
  writeFileSync(short, study.replace("epochs: 6", "epochs: 1").replace("initial: 6", "initial: 4"));
  const ran = run("explore", short, "--no-report", "-f", "json", "-n", "8");
  expect(ran.code, ran.stderr).toBe(0);
  const found = JSON.parse(ran.stdout);
  expect(found.evaluations).toBe(8);
  expect(found.front[0].design.steps).toMatch(/^base$|=|>/);
  expect(found.front[0].objectives.accuracy).toBeGreaterThanOrEqual(0);
  const estimates = found.rankCorrelations.map((c: { estimate: string }) => c.estimate);
  expect(estimates).toContain("synflow");
}, 180_000);

test("dynamic/study.yaml trains and evaluates what it searches; here for one epoch and few designs", () => {
  const { folder: here, run } = commandIn();
  const study = readFileSync(`${folder}dynamic/study.yaml`, "utf8");
  const [, model, options] = /npx tidemark train (\S+) (.+?) -o examples\/dynamic\/base.onnx/s.exec(
    readme,
  )!;
  expect(study.replaceAll(/\s+#?\s*/g, " ")).toContain(`tidemark train ${model}`);
  const flags = options!.replace("--epochs 20", "--epochs 1").split(/[\s\\]+/);
  const trained = run("train", model!, ...flags, "-o", "base.onnx");
  expect(trained.code, trained.stderr).toBe(0);
  const short = join(here, "short.yaml");
  writeFileSync(
    short,
    study.replace("epochs: 4", "epochs: 1").replace("population: 12", "population: 4"),
  );
  const ran = run("explore", short, "--no-report", "-f", "json", "-n", "4");
  expect(ran.code, ran.stderr).toBe(0);
  const found = JSON.parse(ran.stdout);
  expect(found.evaluations).toBe(4);
  expect(found.front[0].design.mechanisms).toMatch(/none|exits|layers|multires/);
  expect(Object.keys(found.front[0].objectives)).toEqual([
    "accuracy",
    "average_macs",
    "average_ms",
  ]);
}, 180_000);
