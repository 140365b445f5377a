// What retune reaches on the four networks in ../shared/data/models: more MACs in the same time, less
// time for the same MACs. `node scripts/build.mjs && node bench/retune.mjs` writes bench/results/retune.json
// and prints the table of docs/results.md.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const bin =
  process.env.TIDEMARK_BIN ?? fileURLToPath(new URL("../bin/tidemark.mjs", import.meta.url));
const model = (name) =>
  fileURLToPath(new URL(`../../shared/data/models/${name}.onnx.gz`, import.meta.url));
const run = (...args) => {
  const ran = spawnSync(process.execPath, [bin, "retune", ...args, "-f", "json"], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (ran.status !== 0) throw new Error(ran.stderr);
  return JSON.parse(ran.stdout);
};
const percent = (ratio) => `${ratio >= 1 ? "+" : "−"}${Math.abs(100 * (ratio - 1)).toFixed(1)} %`;
const gap = (r) => `${(100 * Math.max(0, r.search.bound?.gap ?? Number.NaN)).toFixed(1)} %`;

const rows = [];
console.log(
  "| network | device | batch | host | bound | latency, ms | MACs in the same time | gap | time for the same MACs | gap |",
);
console.log("|---|---|---:|---|---|---:|---:|---:|---:|---:|");
for (const name of ["resnet18", "vgg16", "mobilenet_v2", "densenet121"])
  for (const device of ["titan-v", "rtx-2080-ti"])
    for (const batch of ["1", "8"])
      for (const host of ["eager", "cuda-graph"]) {
        const flags = [model(name), "-d", device, "-b", batch, "--host", host];
        const more = run(...flags, "--keep", "latency");
        const faster = run(...flags, "--keep", "macs");
        const { bound } = more.diagnosis;
        const keep = ({ before, after, ratios, search, diagnosis }) => {
          return { before, after, ratios, search, bound: diagnosis.bound };
        };
        rows.push({
          network: name,
          device,
          batch: Number(batch),
          host,
          latency: keep(more),
          macs: keep(faster),
          advice: more.diagnosis.advice,
        });
        console.log(
          `| ${name} | ${device} | ${batch} | ${host} | ${bound} | ${more.before.latencyMs.toFixed(2)} | ${percent(more.ratios.macs)} | ${gap(more)} | ${percent(faster.ratios.latency)} | ${gap(faster)} |`,
        );
      }
const out = new URL("results/retune.json", import.meta.url);
writeFileSync(out, `${JSON.stringify(rows, null, 1)}\n`);
