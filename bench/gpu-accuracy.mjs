// Measures the GPU model on held-out rows and prints JSON (stdout) or writes docs/accuracy.md.
//   node scripts/build.mjs && node bench/gpu-accuracy.mjs [--write] [DATA_FOLDER]
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { groupBy, withPositions } from "../dist/gpu/calibration/calibrate.js";
import { fitParameters, harnessKey } from "../dist/gpu/calibration/fit.js";
import { driftAt } from "../dist/gpu/calibration/harness.js";
import { isHeldOut } from "../dist/gpu/calibration/observation.js";
import { parseDevice } from "../dist/gpu/device.js";
import { planKernels } from "../dist/gpu/kernels/index.js";
import { readDevices, readObservations } from "./gpu-data.mjs";

const write = process.argv.includes("--write");
const read = readObservations(process.argv.slice(2).find((a) => !a.startsWith("--")));
const observations = withPositions(read.observations);
const { skipped } = read;
const devices = new Map(readDevices().map((d) => [d.json.id, d]));
const named = [...new Set(observations.map((o) => o.device))].sort();
const measured = named.filter((id) => devices.has(id));
for (const id of named) {
  if (devices.has(id)) continue;
  skipped[`no device file ${id}`] = observations.filter((o) => o.device === id).length;
}

const calibrated = measured.flatMap((id) => {
  const { device } = devices.get(id);
  const rows = observations.filter((o) => o.device === id && isHeldOut(o));
  return groupBy(rows, harnessKey).flatMap(([key, group]) => {
    const fit = device.calibration?.fittedOn.find(
      (f) => `${f.data} ${f.family} ${f.precision}` === key,
    );
    return fit === undefined ? [] : [score(id, group, device, fit)];
  });
});

// A board as if nobody had measured it: data sheet and architecture defaults, all of its rows. The
// measuring program's overhead is not the board's, so that one figure is taken from training rows.
const unseen = measured.flatMap((id) => {
  const { json, file } = devices.get(id);
  const { calibration: _, ...dataSheet } = json;
  const device = parseDevice(dataSheet, file);
  const rows = observations.filter((o) => o.device === id);
  return groupBy(rows, harnessKey).flatMap(([key, group]) => {
    const train = group.filter((o) => !isHeldOut(o));
    const fit = fitParameters(device, train, { names: [], iterations: 15 });
    const harness = { harnessUs: fit.harnessUs[key], harnessDrift: fit.harnessDrift[key] };
    return [score(id, group.filter(isHeldOut), device, harness)];
  });
});

const result = { skipped, calibrated, dataSheetOnly: unseen };
if (write) {
  const root = resolve(import.meta.dirname, "..");
  const file = join(root, "docs/accuracy.md");
  const text = readFileSync(file, "utf8");
  const between = (t, name, table) =>
    t.replace(
      new RegExp(`(<!-- ${name} -->)[\\s\\S]*?(<!-- end ${name} -->)`),
      (_, a, b) => `${a}\n${table}\n${b}`,
    );
  writeFileSync(
    file,
    between(between(text, "calibrated", table(calibrated)), "data sheet", table(unseen)),
  );
} else console.log(JSON.stringify(result, null, 1));

/** Errors of one group, with algorithm, tile and split chosen by the model. */
function score(id, group, device, { harnessUs, harnessDrift }) {
  const errors = [];
  const long = [];
  let known = 0;
  let algorithm = 0;
  let grid = 0;
  for (const o of group) {
    const kernels = planKernels(o.work, device, o.precision);
    const added = harnessDrift === undefined ? harnessUs : driftAt(harnessDrift, o.position);
    const us = added + kernels.reduce((sum, k) => sum + k.timeUs, 0);
    errors.push(us / o.measuredUs - 1);
    if (o.measuredUs >= 1000) long.push(Math.abs(us / o.measuredUs - 1));
    if (o.launched === undefined) continue;
    known++;
    const main = kernels.find((k) => k.plan.tile !== null);
    if (main.plan.algorithm !== o.launched.algorithm) continue;
    algorithm++;
    if (main.blocks === o.launched.blocks) grid++;
  }
  const absolute = errors.map(Math.abs).sort((a, b) => a - b);
  const mean = (xs) => xs.reduce((a, b) => a + b, 0) / xs.length;
  const { origin, family, precision } = group[0];
  return {
    device: id,
    data: origin,
    family,
    precision,
    count: group.length,
    mape: mean(absolute),
    medianApe: absolute[Math.floor((absolute.length - 1) / 2)],
    bias: mean(errors),
    ...(long.length === 0 ? {} : { mapeFrom1Ms: mean(long) }),
    harnessUs,
    ...(known === 0 ? {} : { algorithmRight: algorithm / known, gridExact: grid / algorithm }),
  };
}

function table(rows) {
  const percent = (x) => (x === undefined ? "" : `${(100 * x).toFixed(1)} %`);
  const lines = rows.map(
    (r) =>
      `| ${r.device} | ${r.data} ${r.family} | ${r.precision} | ${r.count} | ${percent(r.mape)} | ` +
      `${percent(r.medianApe)} | ${percent(r.bias)} | ${percent(r.mapeFrom1Ms)} | ${percent(r.algorithmRight)} | ${percent(r.gridExact)} |`,
  );
  return [
    "",
    "| device | data | precision | rows | MAPE | median | bias | MAPE from 1 ms | algorithm right | grid exact where it is |",
    "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...lines,
    "",
  ].join("\n");
}
