// Reads the measured rows and the device files for the GPU model's fit and its accuracy table.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import Papa from "papaparse";
import { datasetKind, readRows } from "../dist/gpu/calibration/datasets.js";
import { parseDevice } from "../dist/gpu/device.js";

const root = resolve(import.meta.dirname, "..");
export const devicesFolder = join(root, "src/gpu/devices");

const FILES = [
  "neusight_linear_fp32_sample.csv",
  "neusight_bmm_fp32_sample.csv",
  "neusight_conv3x3_fp32.csv",
  "deepbench_gemm.csv",
  "deepbench_conv.csv",
  "llmcompass_matmul_fp16.csv",
];

/** @param {string} folder holds the CSV files and neusight_kernel_names.json */
export function readObservations(folder = resolve(root, "../shared/data/gpu")) {
  if (!existsSync(folder)) throw new Error(`${folder} does not exist; give the data folder`);
  const names = JSON.parse(readFileSync(join(folder, "neusight_kernel_names.json"), "utf8"));
  const observations = [];
  const skipped = {};
  for (const file of FILES) {
    const parsed = Papa.parse(readFileSync(join(folder, file), "utf8"), {
      header: true,
      skipEmptyLines: true,
    });
    const kind = datasetKind(parsed.meta.fields, file);
    const read = readRows(parsed.data, kind, names.id_to_kernel);
    for (const observation of read.observations) observations.push(observation);
    for (const [reason, count] of read.skipped) skipped[`${file}: ${reason}`] = count;
  }
  return { observations, skipped };
}

export function readDevices() {
  return readdirSync(devicesFolder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => {
      const json = JSON.parse(readFileSync(join(devicesFolder, file), "utf8"));
      return { file, json, device: parseDevice(json, file) };
    });
}
