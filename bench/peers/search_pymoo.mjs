// NSGA-II on ZDT1 and the non-dominated sort, side by side with pymoo: the two take turns in one run
// on one machine, and the medians are compared. Build first, so that what is timed is dist/.
//
// "warm": in a process that did it before (3 times, the sorts 60 times), the run alone. "cold": a fresh process from its
// start to its end, so with the start of Node or Python, imports, compilation and one run.
// CPU time counts all threads of a process; on a busy machine it is the steadier measure.
// The sort is given points as each side keeps them: columns here, a matrix there; also measured
// here from an array of points.
//
//     npm run build
//     python -m venv /tmp/peers && /tmp/peers/bin/pip install -r bench/peers/requirements.txt
//     node bench/peers/search_pymoo.mjs /tmp/peers/bin/python [repeats]
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { arch, cpus, platform, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const [python = "python3", repeatsText = "7", only] = process.argv.slice(2);
const repeats = Number(repeatsText);
const dist = (file) => import(resolve(import.meta.dirname, "../../dist", file));
const { stream } = await dist("base/rng.js");
const { median } = await dist("base/stats.js");
const { createAlgorithm } = await dist("search/index.js");
const { hypervolume } = await dist("search/hypervolume.js");
const { nonDominatedRanks, nonDominatedRanksOfColumns } = await dist(
  "search/non-dominated-sort.js",
);
const { parametricSpace } = await dist("search/parametric-space.js");

function nsga2(seed) {
  const names = Array.from({ length: 30 }, (_, i) => `x${i}`);
  const cpu = process.cpuUsage();
  const start = performance.now();
  const space = parametricSpace(
    Object.fromEntries(names.map((name) => [name, { type: "real", low: 0, high: 1 }])),
  );
  const algorithm = createAlgorithm("nsga2", space, { seed });
  for (let generation = 0; generation < 250; generation++) {
    algorithm.tell(
      algorithm.ask(100).map((design) => {
        let tail = -design.x0;
        for (const name in design) tail += design[name];
        const g = 1 + (9 / 29) * tail;
        const f1 = design.x0;
        const objectives = [f1, g * (1 - Math.sqrt(f1 / g))];
        return { design, outcome: { kind: "complete", objectives, violation: 0 } };
      }),
    );
  }
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const { population } = algorithm.state().breeder;
  const points = population.map((m) => m.standing[2]);
  return { ms, cpuMs: (user + system) / 1000, hypervolume: hypervolume(points, [1.1, 1.1]) };
}

function sort(run) {
  const start = performance.now();
  const ranks = run();
  const ms = performance.now() - start;
  return { ms, fronts: 1 + ranks.reduce((a, b) => Math.max(a, b), 0) };
}

if (only === "nsga2") {
  nsga2(Number(process.argv[5]));
  process.exit();
}

/** A fresh process with one run, from its start to its end. */
function cold(command, args) {
  const start = performance.now();
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
  return { ms: performance.now() - start };
}

const peerScript = join(import.meta.dirname, "search_pymoo.py");
const peer = spawn(python, [peerScript], {
  stdio: ["pipe", "pipe", "inherit"],
});
const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
const answer = async () => {
  const { value, done } = await lines.next();
  if (done) throw new Error("pymoo's side ended early; see its message above");
  return JSON.parse(value);
};
const ask = (what, argument) => {
  peer.stdin.write(`${JSON.stringify({ what, argument })}\n`);
  return answer();
};
const { version, compiled } = await answer();

/** Both sides in turn, after some rounds that do not count. */
async function compare(name, warmups, ours, theirs) {
  const a = [];
  const b = [];
  for (let i = -warmups; i < repeats; i++) {
    const mine = ours(i);
    const other = await theirs(i);
    if (i < 0) continue;
    a.push(mine);
    b.push(other);
  }
  const of = (runs, key) =>
    runs[0][key] === undefined ? undefined : median(runs.map((r) => r[key]));
  const side = (runs) => ({
    medianMs: of(runs, "ms"),
    minMs: Math.min(...runs.map((r) => r.ms)),
    maxMs: Math.max(...runs.map((r) => r.ms)),
    medianCpuMs: of(runs, "cpuMs"),
    medianHypervolume: of(runs, "hypervolume"),
    fronts: of(runs, "fronts"),
  });
  const tidemark = side(a);
  const pymoo = side(b);
  return {
    name,
    tidemark,
    pymoo,
    speedup: pymoo.medianMs / tidemark.medianMs,
    cpuSpeedup: tidemark.medianCpuMs && pymoo.medianCpuMs / tidemark.medianCpuMs,
  };
}

const folder = mkdtempSync(join(tmpdir(), "tidemark-peers-"));
const results = [];
try {
  results.push(
    await compare(
      "NSGA-II on ZDT1, population 100, 25,000 evaluations, warm",
      3,
      (i) => nsga2(i + 10),
      (i) => ask("nsga2", i + 10),
    ),
  );
  results.push(
    await compare(
      "NSGA-II on ZDT1, population 100, 25,000 evaluations, cold process",
      1,
      (i) => cold(process.execPath, [import.meta.filename, python, "1", "nsga2", String(i + 10)]),
      (i) => cold(python, [peerScript, "nsga2", String(i + 10)]),
    ),
  );
  for (const n of [2000, 50_000]) {
    const rng = stream(1, "sort", n);
    const flat = Float64Array.from({ length: 2 * n }, () => rng.float());
    const file = join(folder, `${n}.f64`);
    writeFileSync(file, flat);
    const points = Array.from({ length: n }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);
    const columns = [0, 1].map((k) => Float64Array.from(points, (p) => p[k]));
    const forms = {
      columns: () => nonDominatedRanksOfColumns(columns),
      "an array of points": () => nonDominatedRanks(points),
    };
    for (const [given, run] of Object.entries(forms)) {
      results.push(
        await compare(
          `non-dominated sort of ${n} x 2, given ${given}, warm`,
          60,
          () => sort(run),
          () => ask("sort", file),
        ),
      );
    }
  }
} finally {
  peer.stdin.end();
  rmSync(folder, { recursive: true });
}

const report = {
  date: new Date().toISOString().slice(0, 10),
  machine: `${cpus()[0].model}, ${cpus().length} logical cores, ${platform()} ${arch()}`,
  node: process.version,
  pymoo: `${version}${compiled ? ", compiled" : ", not compiled"}`,
  repeats,
  results,
};
const out = resolve(import.meta.dirname, "../results");
mkdirSync(out, { recursive: true });
writeFileSync(join(out, "search-pymoo.json"), `${JSON.stringify(report, null, 2)}\n`);

const ms = (x) => `${x < 10 ? x.toFixed(2) : x.toFixed(0)} ms`;
const volume = (x) => (x === undefined ? "" : `, HV ${x.toFixed(4)}`);
console.log(`| task | Tidemark | pymoo ${report.pymoo} | speed-up |\n|---|---|---|---|`);
for (const { name, tidemark: t, pymoo: p, speedup, cpuSpeedup } of results) {
  const [a, b] = [t, p].map((s) => `${ms(s.medianMs)}${volume(s.medianHypervolume)}`);
  const cpu = cpuSpeedup === undefined ? "" : `, of CPU time ${cpuSpeedup.toFixed(1)}x`;
  console.log(`| ${name} | ${a} | ${b} | ${speedup.toFixed(1)}x${cpu} |`);
}
