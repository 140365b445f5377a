// The default study in a process of its own, from start to exit: all 15,625 networks of
// NAS-Bench-201, evaluated, stored, read back, front and hypervolume. Wall time and peak memory.
//   node scripts/build.mjs && node bench/explore.mjs [REPEATS]
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";

const SCRIPT = `
  import { DEFAULT_STUDY, openReader, resolveSpec, resultOf, runStudy } from
    ${JSON.stringify(new URL("../dist/study/index.js", import.meta.url).href)};
  const [store, workers] = process.argv.slice(1);
  const run = await runStudy(resolveSpec(DEFAULT_STUDY), { store, workers: Number(workers) });
  const reader = openReader(store);
  const { front, hypervolume } = resultOf(reader.study(run.id), reader.trials(run.id));
  reader.close();
  console.log(JSON.stringify({
    trials: run.trials, front: front.length, hypervolume,
    peakMb: process.resourceUsage().maxRSS / 1024,
  }));`;

const repeats = Number(process.argv[2] ?? 5);
const folder = mkdtempSync(join(tmpdir(), "tidemark-bench-"));
const median = (xs) => xs.toSorted((a, b) => a - b)[Math.floor(xs.length / 2)];
const runs = { 0: [], 1: [], 2: [] };
for (let i = 0; i < repeats; i++)
  for (const workers of Object.keys(runs)) {
    const store = join(folder, `${workers}-${i}.db`);
    const start = performance.now();
    const child = spawnSync(
      process.execPath,
      ["--input-type=module", "-e", SCRIPT, store, workers],
      { encoding: "utf8" },
    );
    const seconds = (performance.now() - start) / 1000;
    if (child.status !== 0) throw new Error(child.stderr);
    runs[workers].push({ seconds, load: loadavg()[0], ...JSON.parse(child.stdout) });
  }
rmSync(folder, { recursive: true });
const result = {
  what: "explore all 15,625 networks, a whole process",
  byWorkers: Object.fromEntries(
    Object.entries(runs).map(([workers, all]) => [
      workers,
      {
        medianSeconds: median(all.map((r) => r.seconds)),
        leastSeconds: Math.min(...all.map((r) => r.seconds)),
        peakMb: Math.max(...all.map((r) => r.peakMb)),
      },
    ]),
  ),
  load: median(Object.values(runs).flatMap((all) => all.map((r) => r.load))),
  machine: cpus()[0].model,
};
const out = join(import.meta.dirname, "results");
mkdirSync(out, { recursive: true });
writeFileSync(join(out, "explore.json"), `${JSON.stringify(result, null, 2)}\n`);
console.log(JSON.stringify(result, null, 2));
