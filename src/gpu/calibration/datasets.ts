/**
 * Rows of the public data sets as observations. NeuSight: FP32 linear, bmm and 3x3 convolution with
 * the profiled kernel and grid; DeepBench: GEMM and convolution in FP32, FP16 and INT8.
 */
import type { ConvWork, MatMulWork, Work } from "../../ops/types.ts";
import type { LaunchChoice } from "../kernels/index.ts";
import type { Precision } from "../types.ts";
import type { Observation } from "./observation.ts";
import { recordedOf } from "./recorded.ts";

/** One CSV row by column name. */
export type Row = Readonly<Record<string, string>>;

const NEUSIGHT_BOARDS: Readonly<Record<string, string>> = {
  "A100-40G-PCIe": "a100-40-pcie",
  "A100-80G-PCIe": "a100-80-pcie",
  "H100-80G-PCIe": "h100-pcie",
  "H100-SXM": "h100-sxm",
  H100: "h100-sxm",
  L4: "l4",
  P4: "p4",
  "P100-PCIe": "p100-pcie",
  P100: "p100-pcie",
  T4: "t4",
  "V100-PCIe": "v100-pcie",
};

const DEEPBENCH_BOARDS: Readonly<Record<string, string>> = {
  V100: "v100-sxm2",
  T4: "t4",
  P100: "p100-pcie",
  M40: "m40",
  GTX1080Ti: "gtx-1080-ti",
  "TitanX-Maxwell": "titan-x-maxwell",
  "TitanX-Pascal": "titan-x-pascal",
};

/** Its smallest products stream weights faster than the 40 GB board could. */
const LLMCOMPASS_BOARDS: Readonly<Record<string, string>> = { A100: "a100-80-sxm" };

const DEEPBENCH_PRECISIONS: Readonly<Record<string, Precision>> = {
  fp32: "fp32",
  fp16_mixed: "fp16",
  int8: "int8",
};

export type DatasetKind =
  | "neusight-linear"
  | "neusight-bmm"
  | "neusight-conv"
  | "llmcompass-gemm"
  | "deepbench-gemm"
  | "deepbench-conv";

/**
 * What a file holds, by its header; undefined: none that we know. Linear layers and batched products
 * share their columns: the file's name tells, else the grids of `rows` do.
 */
export function datasetKind(
  columns: readonly string[],
  fileName: string,
  rows: readonly Row[] = [],
): DatasetKind | undefined {
  const has = (...names: string[]): boolean => names.every((n) => columns.includes(n));
  if (has("gpu", "b", "m", "n_reduce", "k_out", "ms")) {
    if (/bmm/i.test(fileName)) return "neusight-bmm";
    const linear = /linear/i.test(fileName) || !rows.some(isBatchedLaunch);
    return linear ? "neusight-linear" : "neusight-bmm";
  }
  if (has("cin", "cout", "hw", "algo", "ms")) return "neusight-conv";
  if (has("a_trans", "b_trans", "m", "n", "k", "ms")) return "deepbench-gemm";
  if (has("m", "k_reduce", "n", "ms")) return "llmcompass-gemm";
  if (has("r_h", "s_w", "fwd_ms")) return "deepbench-conv";
  return undefined;
}

/** A batched product has a layer of its grid for each of the batch. */
function isBatchedLaunch(row: Row): boolean {
  return Number(row.b) > 1 && row.grid?.split("x")[2] === row.b;
}

export interface ReadRows {
  readonly observations: readonly Observation[];
  /** Rows left out, counted by reason. */
  readonly skipped: ReadonlyMap<string, number>;
}

/** @param kernelNames NeuSight's kernel ids to names; a name in place of an id is taken as it is */
export function readRows(
  rows: readonly Row[],
  kind: DatasetKind,
  kernelNames: Readonly<Record<string, string>>,
): ReadRows {
  const observations: Observation[] = [];
  const skipped = new Map<string, number>();
  for (const row of rows) {
    const result = readRow(row, kind, kernelNames);
    if (typeof result === "string") skipped.set(result, (skipped.get(result) ?? 0) + 1);
    else observations.push(result);
  }
  return { observations, skipped };
}

/** One row as an observation, or the reason why it is left out. */
export function readRow(
  row: Row,
  kind: DatasetKind,
  kernelNames: Readonly<Record<string, string>>,
): Observation | string {
  const read = readSizes(row, kind, kernelNames);
  if (typeof read === "string") return read;
  return badSize(read.work) ?? read;
}

/** Libraries count elements of an axis in 32 bits. */
const LARGEST_SIZE = 2 ** 31 - 1;

/** Why a size cannot be one; undefined where it can. @param least 0 for padding */
export function badExtent(name: string, size: number, least: 0 | 1): string | undefined {
  if (!(Number.isInteger(size) && size >= least))
    return `${name} is no whole number ${least === 0 ? "of 0 or more" : "above 0"}`;
  return size > LARGEST_SIZE ? `${name} is above ${LARGEST_SIZE}, more than any axis` : undefined;
}

/** Why a work has a size that cannot be; undefined: it has none. */
export function badSize(work: Work): string | undefined {
  for (const name of Object.keys(work)) {
    // It follows from the other sizes: what is wrong with them comes first.
    if (name === "output") continue;
    const value: unknown = work[name as keyof Work];
    const padding = name.startsWith("pad");
    if (typeof value === "number") {
      const bad = badExtent(name, value, 1);
      if (bad !== undefined) return bad;
    } else if (Array.isArray(value))
      for (const size of value as number[]) {
        const bad = badExtent(padding ? "pad" : name, size, padding ? 0 : 1);
        if (bad !== undefined) return bad;
      }
  }
  if (work.kind === "conv" && work.output.some((size) => !(size >= 1)))
    return "the kernel is larger than the padded input";
  return undefined;
}

/** Of a name inside a reason, characters. */
export const LONGEST_NAME = 60;

/** Longer than any kernel or network of these tables by orders: a wrong unit. */
const LONGEST_MS = 1e6;

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The number that a cell holds, written in decimal digits; NaN where it holds none. */
export function decimal(text: string | undefined): number {
  const trimmed = text?.trim() ?? "";
  return NUMBER.test(trimmed) ? Number(trimmed) : Number.NaN;
}

/** A measured time in milliseconds, or why the cell holds none. @param unitMs of the cell's unit */
export function timeIn(text: string | undefined, unitMs = 1): number | string {
  const trimmed = text?.trim() ?? "";
  if (trimmed === "") return "no time";
  if (/^[+-]?[\d.]+,[\d,.]+$/.test(trimmed))
    return "the time has a comma, expected digits and a decimal point";
  const ms = unitMs * decimal(trimmed);
  if (!Number.isFinite(ms)) return "the time is no number";
  if (ms <= 0) return ms === 0 ? "a time of 0" : "a negative time";
  return ms <= LONGEST_MS ? ms : `a time above ${LONGEST_MS / 1000} s`;
}

function readSizes(
  row: Row,
  kind: DatasetKind,
  kernelNames: Readonly<Record<string, string>>,
): Observation | string {
  const number = (column: string): number => decimal(row[column]);
  const board = (boards: Readonly<Record<string, string>>): string => {
    const name = row.gpu ?? "";
    return Object.hasOwn(boards, name) ? boards[name]! : name.toLowerCase();
  };
  const ms = timeIn(kind === "deepbench-conv" ? row.fwd_ms : row.ms);
  if (typeof ms === "string") return ms;
  const measuredUs = 1000 * ms;
  switch (kind) {
    case "neusight-linear":
    case "neusight-bmm": {
      const [b, m, k, n] = [number("b"), number("m"), number("n_reduce"), number("k_out")];
      const weightB = kind === "neusight-linear";
      const work: MatMulWork = { kind: "matmul", batch: b, m, n, k, weightB, bias: false };
      const launched = matMulLaunch(row, work, kernelNames);
      return {
        device: board(NEUSIGHT_BOARDS),
        origin: "neusight",
        family: weightB ? "linear" : "bmm",
        precision: "fp32",
        work,
        measuredUs,
        ...(launched === undefined ? {} : { launched }),
        ...optional("recorded", recordedOf(row)),
        shape: [kind, b, m, k, n].join(),
      };
    }
    case "neusight-conv": {
      const side = number("hw");
      const work = squareConv(number("n"), number("cin"), number("cout"), side, number("k"), row);
      const launched = convLaunch(row, kernelNames);
      return {
        device: board(NEUSIGHT_BOARDS),
        origin: "neusight",
        family: "conv3x3",
        precision: "fp32",
        work,
        measuredUs,
        ...(launched === undefined ? {} : { launched }),
        ...optional("recorded", recordedOf(row, "algo")),
        shape: [kind, work.batch, work.inChannels, work.outChannels, side].join(),
      };
    }
    case "llmcompass-gemm": {
      const [m, k, n] = [number("m"), number("k_reduce"), number("n")];
      return {
        device: board(LLMCOMPASS_BOARDS),
        origin: "llmcompass",
        family: "gemm",
        precision: "fp16",
        work: { kind: "matmul", batch: 1, m, n, k, weightB: true, bias: false },
        measuredUs,
        shape: [kind, m, k, n].join(),
      };
    }
    case "deepbench-gemm":
    case "deepbench-conv": {
      const stated = row.precision ?? "";
      const precision = Object.hasOwn(DEEPBENCH_PRECISIONS, stated)
        ? DEEPBENCH_PRECISIONS[stated]
        : undefined;
      if (precision === undefined)
        return `precision ${stated.slice(0, LONGEST_NAME)} is not modelled`;
      const work = kind === "deepbench-gemm" ? deepbenchGemm(row) : deepbenchConv(row);
      return {
        device: board(DEEPBENCH_BOARDS),
        origin: "deepbench",
        family: kind === "deepbench-gemm" ? "gemm" : "conv",
        precision,
        work,
        measuredUs,
        ...optional("recorded", recordedOf(row, "fwd_algo")),
        ...(kind === "deepbench-gemm" ? { variant: `${row.a_trans}${row.b_trans}` } : {}),
        // The layout is left out: products that differ in nothing else stay on one side of a split.
        shape: [kind, JSON.stringify(shapeOf(work))].join(),
      };
    }
  }
}

function shapeOf(work: ConvWork | MatMulWork): ConvWork | MatMulWork {
  return work.kind === "matmul" ? { ...work, weightB: true } : work;
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}

function deepbenchGemm(row: Row): MatMulWork {
  const number = (column: string): number => decimal(row[column]);
  // Column-major: m is the leading extent, which the tile's first side covers.
  return {
    kind: "matmul",
    batch: 1,
    m: number("n"),
    n: number("m"),
    k: number("k"),
    // Plain products of libraries before the ones that today's linear layers run.
    weightB: false,
    bias: false,
  };
}

function deepbenchConv(row: Row): ConvWork {
  const number = (column: string): number => decimal(row[column]);
  const input = [number("h"), number("w")];
  const kernel = [number("r_h"), number("s_w")];
  const stride = [number("stride_h"), number("stride_w")];
  const pad = [number("pad_h"), number("pad_w")];
  return {
    kind: "conv",
    batch: number("n"),
    inChannels: number("c"),
    outChannels: number("k"),
    groups: 1,
    input,
    output: input.map((x, i) => Math.floor((x + 2 * pad[i]! - kernel[i]!) / stride[i]!) + 1),
    kernel,
    stride,
    dilation: [1, 1],
    padBegin: pad,
    padEnd: pad,
    transposed: false,
    deformable: false,
    bias: false,
  };
}

function squareConv(
  batch: number,
  inChannels: number,
  outChannels: number,
  side: number,
  kernel: number,
  row: Row,
): ConvWork {
  const stride = decimal(row.stride);
  const pad = decimal(row.pad);
  const out = Math.floor((side + 2 * pad - kernel) / stride) + 1;
  return {
    kind: "conv",
    batch,
    inChannels,
    outChannels,
    groups: 1,
    input: [side, side],
    output: [out, out],
    kernel: [kernel, kernel],
    stride: [stride, stride],
    dilation: [1, 1],
    padBegin: [pad, pad],
    padEnd: [pad, pad],
    transposed: false,
    deformable: false,
    bias: false,
  };
}

/** Where the table holds an id, the name that it stands for. */
function kernelName(row: Row, names: Readonly<Record<string, string>>): string {
  const id = row.kernel ?? "";
  return Object.hasOwn(names, id) ? String(names[id]) : id;
}

function launchedBlocks(row: Row): number {
  let blocks = 1;
  for (const part of (row.grid ?? "").split("x")) blocks *= Number(part);
  return blocks;
}

/** Tile and split of a profiled GEMM, from its kernel's name and grid. */
function matMulLaunch(
  row: Row,
  work: MatMulWork,
  kernelNames: Readonly<Record<string, string>>,
): (LaunchChoice & { blocks: number }) | undefined {
  const name = kernelName(row, kernelNames);
  const match = /(?:sgemm_|tilesize)(\d+)x(\d+)(.*)/.exec(name);
  if (match === null) return undefined;
  const [a, b] = [Number(match[1]), Number(match[2])];
  const blocks = launchedBlocks(row);
  const batch = work.weightB ? 1 : work.batch;
  const rows = work.weightB ? work.batch * work.m : work.m;
  const tiles = Math.ceil(work.n / a) * Math.ceil(rows / b) * batch;
  const tile = name.startsWith("cutlass")
    ? `cutlass_80_simt_sgemm_${a}x${b}_8x4`
    : name.includes("xmma")
      ? `xmma_gemm_${a}x${b}x8`
      : `sgemm_${a}x${b}${match[3]!.includes("sliced1x4") ? "_sliced1x4" : ""}`;
  return { algorithm: "gemm", tile, splitK: Math.max(1, Math.round(blocks / tiles)), blocks };
}

/** Algorithm and tile of a profiled FP32 convolution; undefined for FFT and explicit GEMM. */
function convLaunch(
  row: Row,
  kernelNames: Readonly<Record<string, string>>,
): (LaunchChoice & { blocks: number }) | undefined {
  const name = kernelName(row, kernelNames);
  const blocks = launchedBlocks(row);
  const fused = /winograd_128x128.*tile(\d)(\d)(\d)/.exec(name);
  if (fused !== null) {
    const tile = `winograd_fused_tile${fused[1]}${fused[2]}${fused[3]}`;
    return { algorithm: "winograd-fused", tile, blocks };
  }
  if (row.algo === "winograd_nonfused") {
    const gemm = /sgemm_(\d+x\d+)/.exec(name);
    return gemm === null
      ? undefined
      : { algorithm: "winograd-nonfused", tile: `sgemm_${gemm[1]}`, blocks };
  }
  if (row.algo !== "implicit_gemm") return undefined;
  const implicit = /scudnn_(\d+x\d+)/.exec(name);
  if (implicit !== null) {
    return { algorithm: "implicit-gemm", tile: `scudnn_${implicit[1]}`, blocks };
  }
  // Of the kernels without precomputed offsets only this variant's tile is known.
  return /implicit_convolve_sgemm<float, float, \d+, 5, 5, 3,/.test(name)
    ? { algorithm: "implicit-gemm", tile: "implicit_convolve_sgemm_32x32", blocks }
    : undefined;
}
