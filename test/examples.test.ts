import { readFileSync } from "node:fs";
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
