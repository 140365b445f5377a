// Predicted against measured latency of whole networks, on the public tables; after `npm run build`:
//
//   node bench/network-accuracy.mjs [--json FILE]
//
// The host's speed differs between the machines that measured; it is the one figure of a machine
// (HOST_US). Rows that no host limits do not depend on it.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { absolutePercentageErrors, mean, median, spearman } from "../dist/base/stats.js";
import { nasBench201Predictor } from "../dist/gpu/nasbench201.js";
import { predict } from "../dist/gpu/predict.js";
import { loadDevice } from "../dist/study/devices.js";
import { buildNetwork } from "../dist/zoo/index.js";

/** Machines of the NAS-Bench-201 table: host time of one elementwise operator, microseconds. */
const MACHINES = [
  { column: "2080ti", device: "rtx-2080-ti", hostUs: 17.4 },
  { column: "1080ti", device: "gtx-1080-ti", hostUs: 21.6 },
  { column: "titanx", device: "titan-x-pascal", hostUs: 20.4 },
  { column: "titanxp", device: "titan-xp", hostUs: 21 },
];
const BATCHES = [1, 32, 256];

const root = new URL("..", import.meta.url);
const table = (text) => {
  const [header, ...rows] = text
    .trim()
    .split("\n")
    .map((line) => line.trimEnd().split(","));
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i]])));
};
const shared = (name) => {
  const url = new URL(`../shared/data/gpu/${name}`, root);
  if (existsSync(url)) return table(readFileSync(url, "utf8"));
  console.error(`skipped: ../shared/data/gpu/${name} is not there`);
  return [];
};

const results = [];
const report = (set, predicted, measured) => {
  const errors = absolutePercentageErrors(predicted, measured);
  const row = {
    set,
    networks: measured.length,
    spearman: spearman(predicted, measured),
    mape: mean(errors),
    medianApe: median(errors),
    bias: mean(predicted) / mean(measured) - 1,
  };
  results.push(row);
  const percent = (x) => `${(100 * x).toFixed(1)} %`.padStart(8);
  console.log(
    set.padEnd(44),
    String(row.networks).padStart(6),
    row.spearman.toFixed(4).padStart(8),
    percent(row.mape),
    percent(row.medianApe),
    percent(row.bias),
  );
};
console.log("set".padEnd(44), "    n  Spearman     MAPE   median     bias");

const cells = table(gunzipSync(readFileSync(new URL("data/nasbench201.csv.gz", root))).toString());
for (const batch of BATCHES)
  for (const { column, device, hostUs } of MACHINES) {
    const time = nasBench201Predictor({ device: loadDevice(device), batch, hostUsPerOp: hostUs });
    const measured = cells.map((row) => Number(row[`lat_ms_${column}_${batch}`]));
    const predicted = cells.map((row) => time(row.ops).latencyMs);
    report(`nasbench201 ${column} batch ${batch}`, predicted, measured);
  }

// torchvision's networks under PyTorch 1.4 (A100: 20.10) at batch 12, eager.
const BOARDS = {
  "1080TI": "gtx-1080-ti",
  TITANXP: "titan-xp",
  "2080TI": "rtx-2080-ti",
  "2080ti(2)": "rtx-2080-ti",
  "dgx-a100": "a100-40-pcie",
};
const NETWORKS = { resnet18: {}, resnet34: {}, resnet50: {}, vgg16: {}, mobilenet_v2: {} };
const graphs = Object.fromEntries(Object.keys(NETWORKS).map((name) => [name, buildNetwork(name)]));
graphs.vgg16_bn = buildNetwork("vgg16", { normalized: "yes" });
const bySet = new Map();
const add = (set, name, predicted, measured) => {
  if (!bySet.has(set)) bySet.set(set, []);
  bySet.get(set).push({ name, predicted, measured });
};
const unknown = new Set();
for (const row of shared("pytorch_gpu_benchmark_models.csv")) {
  const graph = graphs[row.model];
  if (graph === undefined) continue;
  const device = BOARDS[row.gpu_dir];
  if (device === undefined) {
    unknown.add(row.gpu_dir);
    continue;
  }
  const { latencyMs } = predict(graph, {
    device: loadDevice(device),
    batch: 12,
    tuned: true,
    // PyTorch of that year computed convolutions in TF32 where the board had it.
    precision: row.gpu_dir === "dgx-a100" && row.precision === "fp32" ? "tf32" : row.precision,
  });
  add(
    `torchvision ${row.gpu_dir} ${row.precision}`,
    row.model,
    latencyMs,
    Number(row.median_ms_per_batch),
  );
}
if (unknown.size > 0) console.error(`boards left out: ${[...unknown].join(", ")}`);

// timm under automatic mixed precision, mostly at batch 1024.
const TIMM = {
  resnet18: "resnet18",
  resnet34: "resnet34",
  resnet50: "resnet50",
  vgg16: "vgg16",
  vgg16_bn: "vgg16_bn",
  mobilenetv2_100: "mobilenet_v2",
};
const TIMM_BOARDS = { RTX3090: "rtx-3090", RTX4090: "rtx-4090", RTX5090: "rtx-5090" };
for (const row of shared("timm_infer_models.csv")) {
  const name = TIMM[row.model.split(".")[0]];
  if (name === undefined) continue;
  const options = {
    resolution: Number(row.img),
    ...(name === "vgg16_bn" ? { normalized: "yes" } : {}),
  };
  const { latencyMs } = predict(buildNetwork(name === "vgg16_bn" ? "vgg16" : name, options), {
    device: loadDevice(TIMM_BOARDS[row.gpu]),
    batch: Number(row.batch),
    precision: "fp16",
    tuned: true,
  });
  add(
    `timm ${row.gpu} ${row.precision_layout}`,
    `${row.model}@${row.img}`,
    latencyMs,
    Number(row.step_ms),
  );
}
for (const [set, rows] of bySet) {
  report(
    set,
    rows.map((r) => r.predicted),
    rows.map((r) => r.measured),
  );
  for (const r of rows)
    console.log(
      `    ${r.name.padEnd(40)} predicted ${r.predicted.toFixed(2).padStart(8)} ms, measured ${r.measured.toFixed(2).padStart(8)} ms`,
    );
}

const at = process.argv.indexOf("--json");
if (at > 0) writeFileSync(process.argv[at + 1], `${JSON.stringify(results, null, 2)}\n`);
