// 1,000 cheap trials of two parameters, each asked, evaluated, told and committed on its own,
// against Optuna on SQLite: same random sampler, same file system, same durability (every commit is
// synced to disk), alternating in one run; the median of each.
//   node scripts/build.mjs && python -m venv V && V/bin/pip install -r bench/peers/requirements.txt
//   node bench/peers/store_optuna.mjs V/bin/python [REPEATS]
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { openReader, resolveSpec, runStudy } from "../../dist/study/index.js";

const [python = "python3", repeats = "5"] = process.argv.slice(2);
const TRIALS = 1000;
const folder = mkdtempSync(join(tmpdir(), "tidemark-bench-"));

const module = join(folder, "evaluate.mjs");
writeFileSync(
  module,
  "export const evaluate = ({ x, y }) => ({ a: x * x + y * y, b: (x - 1) ** 2 + y * y });\n",
);

/** The whole run, from the specification to the last commit. */
async function tidemark(seed) {
  const real = { type: "real", low: -1, high: 1 };
  const spec = resolveSpec({
    space: { kind: "parameters", parameters: { x: real, y: real } },
    objectives: [
      { name: "a", goal: "minimize", module },
      { name: "b", goal: "minimize", module },
    ],
    search: "random",
    budget: { evaluations: TRIALS },
    seed,
    workers: 0,
    batch: 1,
  });
  const store = join(folder, `tidemark-${seed}.db`);
  const start = performance.now();
  await runStudy(spec, { store });
  const seconds = (performance.now() - start) / 1000;
  const reader = openReader(store);
  const stored = reader.trials(1).count;
  reader.close();
  return { seconds, stored };
}

function optuna(seed) {
  const script = join(import.meta.dirname, "store_optuna.py");
  const file = join(folder, `optuna-${seed}.db`);
  const run = spawnSync(python, [script, file, String(TRIALS), String(seed)], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(run.stderr || String(run.error));
  return JSON.parse(run.stdout);
}

const median = (xs) => xs.toSorted((a, b) => a - b)[Math.floor(xs.length / 2)];
const ours = [];
const theirs = [];
let peer;
for (let i = 0; i < Number(repeats); i++) {
  const load = loadavg()[0].toFixed(1);
  const mine = await tidemark(i);
  peer = optuna(i);
  if (mine.stored !== TRIALS || peer.stored !== TRIALS) throw new Error("trials are missing");
  ours.push(mine.seconds);
  theirs.push(peer.seconds);
  console.error(
    `tidemark ${mine.seconds.toFixed(3)} s, optuna ${peer.seconds.toFixed(3)} s, load ${load}`,
  );
}
rmSync(folder, { recursive: true });
const result = {
  what: `${TRIALS} cheap trials stored one by one`,
  tidemarkSeconds: median(ours),
  optunaSeconds: median(theirs),
  ratio: median(theirs) / median(ours),
  tidemark: ours,
  optuna: theirs,
  durability: {
    tidemark: "SQLite journal_mode wal, synchronous 2 (full)",
    optuna: `SQLite journal_mode ${peer.journal_mode}, synchronous ${peer.synchronous}`,
  },
  versions: { optuna: peer.version, node: process.version },
  machine: cpus()[0].model,
};
const out = join(import.meta.dirname, "../results");
mkdirSync(out, { recursive: true });
writeFileSync(join(out, "store-optuna.json"), `${JSON.stringify(result, null, 2)}\n`);
console.log(JSON.stringify(result, null, 2));
