/**
 * Rows of public tables of whole networks: HELP (NAS-Bench-201 and FBNet on CIFAR, PyTorch, eager),
 * pytorch-gpu-benchmark (torchvision at batch 12, `cudnn.benchmark` on) and timm (automatic mixed
 * precision, mostly at batch 1024, `cudnn.benchmark` on).
 */
import { UserError } from "../../base/errors.ts";
import { parseCell, parseFbnet } from "../../zoo/index.ts";
import type { Precision } from "../types.ts";
import { architectureOf } from "./architectures.ts";
import { decimal, LONGEST_NAME, type Row, timeIn } from "./datasets.ts";
import type { NetworkObservation } from "./network-observation.ts";

export type NetworkTable = "help-nasbench201" | "help-fbnet" | "pytorch-gpu-benchmark" | "timm";

/** By the header; undefined: none of these. */
export function networkKind(header: readonly string[]): NetworkTable | undefined {
  const has = (...names: string[]): boolean => names.every((n) => header.includes(n));
  const timed = header.some((name) => latencyColumn(name) !== undefined);
  if (has("ops22") && timed) return "help-fbnet";
  if ((has("arch") || has("ops")) && timed) return "help-nasbench201";
  if (has("gpu_dir", "precision", "model", "median_ms_per_batch")) return "pytorch-gpu-benchmark";
  if (has("gpu", "precision_layout", "model", "img", "batch", "step_ms")) return "timm";
  return undefined;
}

/** HELP's `2080ti_256_ms`, or `lat_ms_2080ti_256`; other devices of its tables have no batch. */
function latencyColumn(name: string): { readonly gpu: string; readonly batch: number } | undefined {
  const match = /^(?:lat_ms_)?(.+?)_(\d+)(_ms)?$/.exec(name);
  if (match === null || name.startsWith("lat_ms_") === (match[3] !== undefined)) return undefined;
  const batch = Number(match[2]);
  return batch > 0 && batch <= 4096 ? { gpu: match[1]!, batch } : undefined;
}

const HELP_BOARDS: Readonly<Record<string, string>> = {
  "1080ti": "gtx-1080-ti",
  "2080ti": "rtx-2080-ti",
  titanx: "titan-x-pascal",
  titanxp: "titan-xp",
};

const BENCHMARK_BOARDS: Readonly<Record<string, string>> = {
  "1080ti": "gtx-1080-ti",
  "2080ti": "rtx-2080-ti",
  titanx: "titan-x-pascal",
  titanxp: "titan-xp",
  "dgx-a100": "a100-40-pcie",
  v100: "v100-sxm2",
};
/** Not what every object has, such as `constructor`. */
function named<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** One script, the same for all of its boards. */
const BENCHMARK_BATCH = 12;
const BENCHMARK_PRECISIONS: Readonly<Record<string, Precision>> = { fp32: "fp32", fp16: "fp16" };

/** One observation, or the reason for its absence, for each time of the row. */
export function readNetworkRow(
  row: Row,
  table: NetworkTable,
  header: readonly string[],
): (NetworkObservation | string)[] {
  switch (table) {
    case "help-nasbench201":
    case "help-fbnet":
      return helpRow(row, table, header);
    case "pytorch-gpu-benchmark":
      return [benchmarkRow(row)];
    case "timm":
      return [timmRow(row)];
  }
}

function helpRow(
  row: Row,
  table: "help-nasbench201" | "help-fbnet",
  header: readonly string[],
): (NetworkObservation | string)[] {
  const fbnet = table === "help-fbnet";
  const text = (fbnet ? row.ops22 : (row.arch ?? row.ops)) ?? "";
  const problem = problemIn(() => (fbnet ? parseFbnet(text) : parseCell(text)));
  const columns = header.flatMap((name) => {
    const column = latencyColumn(name);
    return column === undefined ? [] : [{ name, ...column }];
  });
  return columns.map(({ name, gpu, batch }): NetworkObservation | string => {
    if (problem !== undefined) return problem;
    const ms = timeIn(row[name]);
    if (typeof ms === "string") return ms;
    const family = fbnet ? "fbnet" : "nasbench201";
    return {
      device: named(HELP_BOARDS, gpu.toLowerCase()) ?? gpu,
      origin: "help",
      family: `${family} batch ${batch}`,
      precision: "fp32",
      batch,
      host: "eager",
      tuned: false,
      ...(fbnet ? { drained: true } : {}),
      network: family,
      parameters: fbnet ? { blocks: text, ...FBNET_CIFAR } : { cell: text },
      // The two tables were measured apart: their figures at batch 1 differ by up to a quarter.
      machine: `help ${family} ${gpu}`,
      measuredUs: 1000 * ms,
      shape: `${family} ${text}`,
    };
  });
}

/**
 * HELP measured FBNet's networks on CIFAR-100. An inference, not documented: the GPU was waited for
 * after each block. Its times are a sum over blocks of the larger of what the host and what the GPU
 * takes for a block (a table of 22 x 8 figures explains 99.1 to 99.8 % of the variance at batch 64,
 * cross-validated, with the late blocks' figures those of batch 1), where a queue would let the host
 * run ahead during the first stages.
 */
const FBNET_CIFAR = { classes: 100, resolution: 32 };

function problemIn(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return "an architecture that is not of the space";
    throw error;
  }
}

function benchmarkRow(row: Row): NetworkObservation | string {
  const model = row.model ?? "";
  const architecture = architectureOf(model);
  if (architecture === undefined) return `the zoo has no ${model.slice(0, LONGEST_NAME)}`;
  const stated = named(BENCHMARK_PRECISIONS, row.precision ?? "");
  if (stated === undefined)
    return `precision ${(row.precision ?? "").slice(0, LONGEST_NAME)} is not modelled`;
  const ms = timeIn(row.median_ms_per_batch);
  if (typeof ms === "string") return ms;
  const host = row.gpu_dir ?? "";
  const board = host.toLowerCase().replace(/\(\d+\)$/, "");
  // PyTorch of that year computed convolutions in TF32 where the board had it.
  const precision = stated === "fp32" && board.includes("a100") ? "tf32" : stated;
  return {
    device: named(BENCHMARK_BOARDS, board) ?? board,
    origin: "pytorch-gpu-benchmark",
    family: `torchvision batch ${BENCHMARK_BATCH}`,
    precision,
    batch: BENCHMARK_BATCH,
    host: "eager",
    tuned: true,
    inputCopied: true,
    ...architecture,
    machine: `pytorch-gpu-benchmark ${host}`,
    measuredUs: 1000 * ms,
    shape: `${model} ${BENCHMARK_BATCH}`,
  };
}

function timmRow(row: Row): NetworkObservation | string {
  // A tag after the dot names weights, not an architecture.
  const model = (row.model ?? "").split(".")[0]!;
  const architecture = architectureOf(model);
  if (architecture === undefined) return `the zoo has no ${model.slice(0, LONGEST_NAME)}`;
  const ms = timeIn(row.step_ms);
  if (typeof ms === "string") return ms;
  const [batch, resolution] = [decimal(row.batch), decimal(row.img)];
  if (!(Number.isInteger(batch) && batch > 0)) return "batch is no whole number above 0";
  if (!(Number.isInteger(resolution) && resolution >= 8)) return "img is no size of an image";
  const layout = row.precision_layout ?? "";
  if (!layout.startsWith("amp"))
    return `precision ${layout.slice(0, LONGEST_NAME)} is not modelled`;
  return {
    device: row.gpu ?? "",
    origin: "timm",
    family: `timm ${layout}`,
    precision: "fp16",
    batch,
    host: "eager",
    tuned: true,
    ...(layout.endsWith("nhwc") ? { channelsLast: true } : {}),
    network: architecture.network,
    parameters: { ...architecture.parameters, resolution },
    machine: `timm ${row.gpu} ${row.stack ?? ""}`.trimEnd(),
    measuredUs: 1000 * ms,
    shape: `${model} ${resolution} ${batch}`,
  };
}
