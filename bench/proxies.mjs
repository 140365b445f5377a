// Zero-cost proxies on NAS-Bench-201 cells, as a tidemark study computes them, against the scores that
// NAS-Bench-Suite-Zero publishes for the same cells, and against the cells' accuracy.
// `node scripts/build.mjs && node bench/proxies.mjs [cells, default 100] [seed]` needs ../shared/data/nas
// and ../shared/data/cifar10; it writes bench/results/proxies.json and prints the table of docs/results.md.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const dist = process.env.TIDEMARK_DIST ?? fileURLToPath(new URL("../dist", import.meta.url));
const shared = fileURLToPath(new URL("../../shared/data", import.meta.url));
const { stream } = await import(`${dist}/base/rng.js`);
const { spearman } = await import(`${dist}/base/stats.js`);
const { readDataset } = await import(`${dist}/runtime/data/index.js`);
const { PROXIES, proxyBatch } = await import(`${dist}/runtime/proxies/index.js`);
const { proxyContext } = await import(`${dist}/runtime/proxies/context.js`);
const { buildNetwork } = await import(`${dist}/zoo/index.js`);

const cells = Number(process.argv[2] ?? 100);
const seed = Number(process.argv[3] ?? 1);
/** Our names in the table's header. */
const COLUMN = { jacob_cov: "jacov" };

const [header, ...lines] = gunzipSync(
  readFileSync(`${shared}/nas/nb_suite_zero_nb201_proxies.csv.gz`),
)
  .toString()
  .trim()
  .split("\n")
  .map((line) => line.split(","));
const table = lines.map((line) => Object.fromEntries(header.map((key, i) => [key, line[i]])));
const sample = stream(seed, "bench/proxies")
  .shuffle(table.filter((row) => row.dataset === "cifar10"))
  .slice(0, cells);

const dataset = await readDataset(`${shared}/cifar10/cifar10-jpg.tar.gz`, { size: [32, 32] });
const batch = proxyBatch(dataset, seed);
const rows = [];
for (const { ops, val_acc_e200, ...published } of sample) {
  const row = { ops, accuracy: Number(val_acc_e200), ours: {}, published: {}, cpuMs: {} };
  for (const [name, proxy] of PROXIES) {
    // Each alone, so that none has what another has computed.
    const network = buildNetwork("nasbench201", { cell: ops });
    const began = process.cpuUsage();
    row.ours[name] = await proxy.score(proxyContext(network, { batch, seed, threads: 1 }));
    const { user, system } = process.cpuUsage(began);
    row.cpuMs[name] = (user + system) / 1000;
    const value = published[COLUMN[name] ?? name];
    row.published[name] = value === "" ? undefined : Number(value);
  }
  rows.push(row);
  if (process.stderr.isTTY) process.stderr.write(`\r${rows.length} of ${sample.length}`);
}

const over = (name, left, right) => {
  const both = rows.filter((r) => left(r, name) !== undefined && right(r, name) !== undefined);
  return {
    n: both.length,
    rho: spearman(
      both.map((r) => left(r, name)),
      both.map((r) => right(r, name)),
    ),
  };
};
const ours = (r, name) => r.ours[name];
const published = (r, name) => r.published[name];
const accuracy = (r) => r.accuracy;
const summary = [...PROXIES.keys()].map((name) => {
  const cpu = rows.map((r) => r.cpuMs[name]).sort((a, b) => a - b);
  const medianCpuMs = cpu[Math.floor(cpu.length / 2)];
  return {
    proxy: name,
    cells: over(name, ours, published).n,
    withPublished: over(name, ours, published).rho,
    oursWithAccuracy: over(name, ours, accuracy).rho,
    publishedWithAccuracy: over(name, published, accuracy).rho,
    medianCpuMs,
    perCpuSecond: 1000 / medianCpuMs,
  };
});
writeFileSync(
  fileURLToPath(new URL("./results/proxies.json", import.meta.url)),
  `${JSON.stringify({ cells, seed, batch: batch.labels.dims[0], summary, rows }, null, 1)}\n`,
);
console.log(
  "| proxy | cells | Spearman with the published score | with accuracy | published with accuracy | designs/s of one core |",
);
console.log("|---|---|---|---|---|---|");
for (const s of summary)
  console.log(
    `| ${s.proxy} | ${s.cells} | ${s.withPublished.toFixed(3)} | ${s.oursWithAccuracy.toFixed(3)} | ${s.publishedWithAccuracy.toFixed(3)} | ${s.perCpuSecond.toFixed(2)} |`,
  );
