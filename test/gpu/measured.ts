/** Measured rows as observations: the committed sample, and the larger data beside the checkout. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import Papa from "papaparse";
import { datasetKind, type Row, readRows } from "../../src/gpu/calibration/datasets.ts";
import type { Observation } from "../../src/gpu/calibration/observation.ts";

const devices = new URL("../../src/gpu/devices/", import.meta.url);

export const shippedIds = readdirSync(devices)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.slice(0, -".json".length));

export function shippedJson(id: string): unknown {
  return JSON.parse(readFileSync(new URL(`${id}.json`, devices), "utf8"));
}

const sampleFolder = fileURLToPath(new URL("../data/gpu/", import.meta.url));

export function sample(): Observation[] {
  return read(sampleFolder, ["neusight_linear.csv", "neusight_bmm.csv", "neusight_conv.csv"]);
}

/** @param folder the shared GPU data */
export function everything(folder: string): Observation[] {
  return read(folder, [
    "neusight_linear_fp32_sample.csv",
    "neusight_bmm_fp32_sample.csv",
    "neusight_conv3x3_fp32.csv",
    "deepbench_gemm.csv",
    "deepbench_conv.csv",
  ]);
}

function read(folder: string, files: readonly string[]): Observation[] {
  const names = JSON.parse(readFileSync(`${folder}/neusight_kernel_names.json`, "utf8")) as {
    id_to_kernel: Record<string, string>;
  };
  return files.flatMap((file) => {
    const parsed = Papa.parse<Row>(readFileSync(`${folder}/${file}`, "utf8"), {
      header: true,
      skipEmptyLines: true,
    });
    const kind = datasetKind(parsed.meta.fields ?? [], file);
    if (kind === undefined) throw new Error(`${file}: unknown columns`);
    return [...readRows(parsed.data, kind, names.id_to_kernel).observations];
  });
}
