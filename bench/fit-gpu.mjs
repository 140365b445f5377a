// Fits the GPU model to the measured rows and rewrites the calibration block of each device file.
// Deterministic: the same data gives the same files.
//   node scripts/build.mjs && node bench/fit-gpu.mjs [DATA_FOLDER] [--board ID] [--corrections]
// --corrections: parameters as they stand; only the learned corrections anew.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { calibrate, correct } from "../dist/gpu/calibration/calibrate.js";
import { parseDevice } from "../dist/gpu/device.js";
import { devicesFolder, readDevices, readObservations } from "./gpu-data.mjs";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { board: { type: "string" }, corrections: { type: "boolean" } },
});
const { observations, skipped } = readObservations(positionals[0]);
console.error("skipped rows:", skipped);
const measured = new Set(observations.map((o) => o.device));

for (const { file, json } of readDevices()) {
  if (!measured.has(json.id) || (flags.board ?? json.id) !== json.id) continue;
  const { calibration: before, ...dataSheet } = json;
  const board = parseDevice(dataSheet, file);
  const { calibration } =
    flags.corrections && before !== undefined
      ? correct(board, before, observations)
      : calibrate(board, observations);
  writeFileSync(join(devicesFolder, file), format({ ...dataSheet, calibration }));
  for (const { kind, rows, crossValidated } of calibration.corrections ?? []) {
    const [before, after] = crossValidated.map((e) => `${(100 * e).toFixed(1)} %`);
    console.log(
      `${json.id} ${kind}: corrected on ${rows} rows, ${before} to ${after} cross-validated`,
    );
  }
  for (const fit of calibration.fittedOn) {
    console.log(
      `${json.id} ${fit.data} ${fit.family} ${fit.precision}: held-out ${fit.heldOutRows} rows, ` +
        `MAPE ${(100 * fit.heldOutMape).toFixed(1)} %, median ${(100 * fit.heldOutMedianApe).toFixed(1)} %`,
    );
  }
}

/** JSON with one figure, source or fitted value a line. */
function format(value, depth = 0) {
  const pad = "  ".repeat(depth + 1);
  const inline = (v) =>
    JSON.stringify(v, null, 1)
      .replace(/\n\s*/g, " ")
      .replace(/([[{]) | ([\]}])/g, "$1$2");
  const lines = Object.entries(value).map(([key, v]) => {
    const open =
      (depth === 0 && ["figures", "sources", "calibration"].includes(key)) ||
      (depth === 1 && key === "parameters");
    if (open) return `${pad}${JSON.stringify(key)}: ${format(v, depth + 1)}`;
    if (key === "fittedOn" || key === "corrections") {
      const rows = v.map((row) => `${pad}  ${inline(row)}`).join(",\n");
      return `${pad}${JSON.stringify(key)}: [\n${rows}\n${pad}]`;
    }
    return `${pad}${JSON.stringify(key)}: ${inline(v)}`;
  });
  return `{\n${lines.join(",\n")}\n${"  ".repeat(depth)}}${depth === 0 ? "\n" : ""}`;
}
