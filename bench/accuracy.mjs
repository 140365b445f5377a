// Writes all tables of docs/accuracy.md: kernels on held-out shapes (gpu-accuracy.mjs), whole networks,
// boards left out of their architecture's parameters, and goals against what was measured.
//   node scripts/build.mjs && node bench/accuracy.mjs [DATA_FOLDER]
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { mean } from "../dist/base/stats.js";
import { groupBy, withPositions } from "../dist/gpu/calibration/calibrate.js";
import { parseDevice, withParameters } from "../dist/gpu/device.js";
import { kernelSample } from "../dist/gpu/validation/kernels.js";
import { withOverhead } from "../dist/gpu/validation/overhead.js";
import { score } from "../dist/gpu/validation/score.js";
import { validate } from "../dist/study/index.js";
import { readDevices, readObservations } from "./gpu-data.mjs";

const root = resolve(import.meta.dirname, "..");
const folder = process.argv[2] ?? resolve(root, "../shared/data/gpu");
if (!existsSync(folder)) throw new Error(`${folder} does not exist; give the data folder`);

const kernels = JSON.parse(script("gpu-accuracy.mjs", folder)).calibrated;
script("gpu-accuracy.mjs", "--write", folder);
const networks = validate(
  [
    "help_nasbench201_sample",
    "help_fbnet_sample",
    "pytorch_gpu_benchmark_models",
    "timm_infer_models",
  ].map((name) => join(folder, `${name}.csv`)),
);
const left = leftOut();
const boards = new Map(readDevices().map(({ device }) => [device.id, device]));

const file = join(root, "docs/accuracy.md");
const text = readFileSync(file, "utf8");
writeFileSync(
  file,
  [
    ["goals", goals()],
    ["networks", networkTable()],
    ["left out", leftTable()],
    ["corrections", correctionTable()],
  ].reduce((t, [name, table]) => between(t, name, table), text),
);

/** @returns stdout */
function script(name, ...args) {
  const run = spawnSync(process.execPath, [join(import.meta.dirname, name), ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (run.status !== 0) throw new Error(`${name}: ${run.stderr}`);
  return run.stdout;
}

function between(t, name, table) {
  const marked = new RegExp(`(<!-- ${name} -->)[\\s\\S]*?(<!-- end ${name} -->)`);
  if (!marked.test(t)) throw new Error(`docs/accuracy.md has no marks for '${name}'`);
  return t.replace(marked, (_, a, b) => `${a}\n\n${table}\n\n${b}`);
}

/**
 * Each board of more than 75 W from its data sheet, with its architecture's parameters taken anew
 * from the other boards' calibrations (geometric mean): nothing of the board itself but what the
 * measuring program added, which is cross-fitted. Its measured bandwidth is not used either.
 */
function leftOut() {
  const { observations } = readObservations(folder);
  const all = readDevices();
  const byId = new Map(all.map((d) => [d.json.id, d]));
  const rows = groupBy(withPositions(observations), (o) => o.device);
  return rows.flatMap(([id, group]) => {
    const board = byId.get(id);
    if (board === undefined || board.device.tdpWatts <= 75) return [];
    const family = (d) => (d.architecture === "maxwell" ? "pascal" : d.architecture);
    const others = all.filter(
      ({ device: d }) =>
        d.id !== id && d.calibrated && d.tdpWatts > 75 && family(d) === family(board.device),
    );
    if (others.length === 0) return [];
    const { calibration: _, figures, ...rest } = board.json;
    const { dramMeasuredGbs: __, ...dataSheet } = figures;
    const bare = parseDevice({ ...rest, figures: dataSheet }, board.file);
    const device = withParameters(bare, meanParameters(others));
    const samples = group.map((o, i) => kernelSample(o, device, `${o.family}:${i}`));
    const added = withOverhead(samples, new Map());
    return groupBy(added.samples, (s) => `${s.data} ${s.family} ${s.precision}`).map(
      ([key, of]) => ({
        board: id,
        from: others.map((o) => o.json.id),
        key,
        ...score(of),
      }),
    );
  });
}

/** The clock under load is a board's own, not its architecture's. */
function meanParameters(others) {
  const logs = new Map();
  for (const { json } of others)
    for (const [name, value] of Object.entries(json.calibration.parameters)) {
      if (name === "powerBudget" || !(value > 0)) continue;
      logs.set(name, [...(logs.get(name) ?? []), Math.log(value)]);
    }
  return Object.fromEntries([...logs].map(([name, xs]) => [name, Math.exp(mean(xs))]));
}

function goals() {
  const watts = (r) => boards.get(r.device).tdpWatts;
  const fp32 = kernels.filter((r) => r.precision === "fp32");
  const gemm = fp32.filter((r) => r.data === "neusight" && /linear|bmm/.test(r.family));
  const conv = fp32.filter((r) => r.family === "conv3x3");
  const low = kernels.filter((r) => r.data === "deepbench" && r.precision !== "fp32");
  const whole = networks.groups.filter((g) => /batch 256|torchvision|timm/.test(g.family));
  const hostBound = networks.groups.filter((g) => g.family.endsWith("batch 1"));
  const strong = gemm.filter((r) => watts(r) > 75);
  const weak = gemm.filter((r) => watts(r) <= 75);
  const unseen = left.filter((r) => /neusight (linear|bmm|conv)/.test(r.key));
  const lines = [
    ["FP32 products, boards above 75 W", "MAPE <= 6 %", strong, 0.06],
    ["FP32 products, boards of 75 W and less", "MAPE <= 15 %", weak, 0.15],
    ["FP32 3x3 convolutions", "MAPE <= 10 %", conv, 0.1],
    ["FP16 and INT8, DeepBench", "MAPE <= 12 %", low, 0.12],
    ["board never seen, above 75 W, NeuSight", "MAPE <= 15 %", unseen, 0.15],
    ["board never seen, above 75 W, all data", "MAPE <= 15 %", left, 0.15],
    ["whole networks", "MAPE <= 12 %", whole, 0.12],
    ["host-bound networks (batch 1), one host figure", "MAPE <= 12 %", hostBound, 0.12],
  ].map(([what, goal, rows, bar]) => {
    const pooled = weighted(rows, "mape");
    const met = rows.filter((r) => r.mape <= bar).length;
    return `| ${what} | ${goal} | ${percent(pooled)} | ${range(rows, "mape")} | ${met} of ${rows.length} |`;
  });
  const share = (what, goal, rows, key, bar) => {
    const some = rows.filter((r) => r[key] !== null && r[key] !== undefined);
    const met = some.filter((r) => r[key] >= bar).length;
    return `| ${what} | ${goal} | ${percent(weighted(some, key))} | ${range(some, key)} | ${met} of ${some.length} |`;
  };
  const ranks = whole.filter((g) => g.spearman !== null);
  lines.splice(
    3,
    0,
    share("the same: algorithm right", ">= 80 %", conv, "algorithmRight", 0.8),
    share("the same: grid exact where it is", ">= 95 %", conv, "gridExact", 0.95),
  );
  lines.push(
    `| whole networks: rank | Spearman >= 0.98 | ${mean(ranks.map((g) => g.spearman)).toFixed(3)} | ` +
      `${Math.min(...ranks.map((g) => g.spearman)).toFixed(3)} to ${Math.max(...ranks.map((g) => g.spearman)).toFixed(3)} | ` +
      `${ranks.filter((g) => g.spearman >= 0.98).length} of ${ranks.length} |`,
  );
  return [
    "| what | goal | all rows | by group | groups within the goal |",
    "| --- | --- | ---: | ---: | ---: |",
    ...lines,
  ].join("\n");
}

function weighted(rows, key) {
  const count = rows.reduce((sum, r) => sum + r.count, 0);
  return rows.reduce((sum, r) => sum + r.count * r[key], 0) / count;
}

function range(rows, key) {
  const values = rows.map((r) => r[key]);
  return values.length === 0
    ? ""
    : `${percent(Math.min(...values))} to ${percent(Math.max(...values))}`;
}

function percent(x) {
  return `${(100 * x).toFixed(1)} %`;
}

function networkTable() {
  return [
    "| device | table | precision | networks | MAPE | median | bias | Spearman |",
    "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ...networks.groups.map(
      (g) =>
        `| ${g.device} | ${g.family} | ${g.precision} | ${g.count} | ${percent(g.mape)} | ` +
        `${percent(g.medianApe)} | ${percent(g.bias)} | ${g.spearman?.toFixed(4) ?? ""} |`,
    ),
    "",
    "Host time of one simple operator, one figure for each machine, each fifth of its networks by the others:",
    "",
    "| machine | device | microseconds | input copied at | from |",
    "| --- | --- | ---: | ---: | --- |",
    ...networks.hosts.map(
      (h) =>
        `| ${h.machine} | ${h.device} | ${h.hostUsPerOp.toFixed(1)} | ${copied(h)} | ${h.from} |`,
    ),
  ].join("\n");
}

function copied({ copyGbs }) {
  return copyGbs === undefined ? "" : `${copyGbs.toFixed(1)} GB/s`;
}

function correctionTable() {
  const rows = [...boards.values()].flatMap((device) =>
    device.corrections.map(
      ({ kind, rows, crossValidated: [before, after] }) =>
        `| ${device.id} | ${kind} | ${rows} | ${percent(before)} | ${percent(after)} |`,
    ),
  );
  return [
    "| device | kind of work | rows | MAPE without | with |",
    "| --- | --- | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
}

function leftTable() {
  return [
    "| board left out | parameters from | data | rows | MAPE | median | bias |",
    "| --- | --- | --- | ---: | ---: | ---: | ---: |",
    ...left.map(
      (r) =>
        `| ${r.board} | ${r.from.join(", ")} | ${r.key} | ${r.count} | ${percent(r.mape)} | ` +
        `${percent(r.medianApe)} | ${percent(r.bias)} |`,
    ),
  ].join("\n");
}
