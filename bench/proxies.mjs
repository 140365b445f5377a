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
const { median, spearman } = await import(`${dist}/base/stats.js`);
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
  const cpu = process.cpuUsage();
  let before = 0;
  const context = proxyContext(buildNetwork("nasbench201", { cell: ops }), {
    batch,
    seed,
    threads: 1,
  });
  for (const [name, proxy] of PROXIES) {
    row.ours[name] = await proxy.score(context);
    const { user, system } = process.cpuUsage(cpu);
    row.cpuMs[name] = (user + system) / 1000 - before;
    before += row.cpuMs[name];
    const value = published[COLUMN[name] ?? name];
    row.published[name] = value === "" ? undefined : Number(value);
  }
  rows.push(row);
  if (rows.length % 10 === 0 || rows.length === sample.length) report();
}

function report() {
  process.stderr.write(`${rows.length} of ${sample.length} cells\n`);
  const summary = [...PROXIES.keys()].map(summarize);
  const record = { cells: rows.length, seed, batch: batch.labels.dims[0], summary, rows };
  writeFileSync(
    fileURLToPath(new URL("./results/proxies.json", import.meta.url)),
    `${JSON.stringify(record, null, 1)}\n`,
  );
  if (rows.length < sample.length) return;
  console.log(
    "| proxy | Spearman with the published score | with accuracy | published with accuracy | CPU, s a design |",
  );
  console.log("|---|---|---|---|---|");
  for (const s of summary)
    console.log(
      `| ${s.proxy} | ${s.withPublished.toFixed(3)} | ${s.oursWithAccuracy.toFixed(3)} | ${s.publishedWithAccuracy.toFixed(3)} | ${(s.medianCpuMs / 1000).toFixed(3)} |`,
    );
}

/** snip takes the gradients that grad_norm has computed: together they cost what grad_norm does. */
function summarize(name) {
  const ours = rows.map((r) => r.ours[name]);
  const published = rows.map((r) => r.published[name]);
  const accuracy = rows.map((r) => r.accuracy);
  return {
    proxy: name,
    withPublished: spearman(ours, published),
    oursWithAccuracy: spearman(ours, accuracy),
    publishedWithAccuracy: spearman(published, accuracy),
    medianCpuMs: median(rows.map((r) => r.cpuMs[name])),
  };
}
