// How long the command takes from its start to its end, for verbs that do little, several builds of it
// in turn: `node bench/startup.mjs 15 OTHER/bin/tidemark.mjs`; medians, beside a Node that does nothing.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";

const [repeats = "15", ...others] = process.argv.slice(2);
const own = resolve(import.meta.dirname, "../bin/tidemark.mjs");
const bins = [...others.map((path) => resolve(path)), own];
const VERBS = [
  "--version",
  "devices",
  "profile resnet18",
  "explore -a random -n 5 --no-report",
  "--help",
];

const folder = mkdtempSync(join(tmpdir(), "tidemark-startup-"));
const run = (args) => {
  const began = performance.now();
  const { status } = spawnSync(process.execPath, args, {
    cwd: folder,
    stdio: "ignore",
    env: { ...process.env, TIDEMARK_STORE: join(folder, "studies.db") },
  });
  if (status !== 0) throw new Error(`${args.join(" ")}: exit code ${status}`);
  return performance.now() - began;
};

const cases = [
  ["-e", "0"],
  ...VERBS.flatMap((verb) => bins.map((bin) => [bin, ...verb.split(" ")])),
];
const times = cases.map(() => []);
for (const args of cases) run(args);
for (let i = 0; i < Number(repeats); i++)
  for (const [k, args] of cases.entries()) times[k].push(run(args));
rmSync(folder, { recursive: true });

console.log(
  `median and least of ${repeats} runs in turn, ms; load ${loadavg()
    .map((x) => x.toFixed(1))
    .join(", ")}`,
);
for (const [k, args] of cases.entries()) {
  const sorted = times[k].toSorted((a, b) => a - b);
  const [median, least] = [sorted[sorted.length >> 1], sorted[0]].map((t) => t.toFixed(0));
  console.log(`${median}\t${least}\tnode ${args.join(" ")}`);
}
