/**
 * Tidemark's own tables. `tidemark measure --csv` writes one line for each kernel that it timed on the
 * GPU itself; any other program may write the columns that docs/cli.md lists.
 */
import { UserError } from "../../base/errors.ts";
import { quote } from "../../base/quote.ts";
import { suggest } from "../../base/suggest.ts";
import type { ConvWork, MatMulWork, Work } from "../../ops/types.ts";
import { buildNetwork, type ParameterValue, ZOO } from "../../zoo/index.ts";
import { HOST_MODES, type HostMode, PRECISIONS, type Precision } from "../types.ts";
import { badExtent, badSize, decimal, type Row, timeIn } from "./datasets.ts";
import type { NetworkObservation } from "./network-observation.ts";
import type { Observation } from "./observation.ts";
import { ALGORITHM_NAMES, blocksOf, isAlgorithm, recordedOf } from "./recorded.ts";

export const OWN_ORIGIN = "own";
export const MEASURE_ORIGIN = "tidemark-measure";

export function isOwnTable(header: readonly string[]): boolean {
  return isMeasureTable(header) || (header.includes("op") && hasTime(header) && !isForeign(header));
}

/** What `tidemark measure --csv` writes. */
export function isMeasureTable(header: readonly string[]): boolean {
  return ["kernel", "sweep", "sizes", "medianUs"].every((name) => header.includes(name));
}

const hasTime = (header: readonly string[]): boolean =>
  ["ms", "us"].some((n) => header.includes(n));

/** FasterSeg's table has a column `op` too. */
const isForeign = (header: readonly string[]): boolean => header.includes("cin");

/** @param header of a table for which `isOwnTable` holds */
export function readOwnRow(
  row: Row,
  header: readonly string[],
): Observation | NetworkObservation | string {
  return isMeasureTable(header) ? measuredRow(row) : ownRow(row);
}

/** A problem of one row, on its way out of the readers below. */
class Unusable {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

function ownRow(row: Row): Observation | NetworkObservation | string {
  try {
    const op = (row.op ?? "").trim();
    const read = OPERATORS.get(op);
    if (read === undefined)
      return op === "" ? "no op" : `op ${quote(op)} is none of ${[...OPERATORS.keys()].join(", ")}`;
    const ms = ownTime(row);
    return typeof ms === "string" ? ms : read(row, op, 1000 * ms);
  } catch (problem) {
    if (problem instanceof Unusable) return problem.reason;
    throw problem;
  }
}

/** Two columns of one time may differ by their rounding. */
const SAME_TIME = 0.01;

function ownTime(row: Row): number | string {
  const ms = row.ms?.trim() ? timeIn(row.ms) : undefined;
  const us = row.us?.trim() ? timeIn(row.us, 1e-3) : undefined;
  if (ms === undefined || us === undefined) return ms ?? us ?? "no time";
  if (typeof ms === "string" || typeof us === "string") return typeof ms === "string" ? ms : us;
  return Math.abs(ms / us - 1) <= SAME_TIME ? ms : "ms and us contradict one another";
}

type Reader = (
  row: Row,
  op: string,
  measuredUs: number,
) => Observation | NetworkObservation | string;

const OPERATORS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["linear", (row, op, us) => kernel(row, op, us, matmul(row, true))],
  ["bmm", (row, op, us) => kernel(row, op, us, matmul(row, false))],
  ["conv", (row, op, us) => kernel(row, op, us, conv(row))],
  ["network", network],
]);

function kernel(row: Row, family: string, measuredUs: number, work: Work): Observation | string {
  const bad = badSize(work) ?? badLaunch(row);
  if (bad !== undefined) return bad;
  const recorded = recordedOf(row, "algorithm");
  return {
    device: (row.device ?? "").trim(),
    origin: row.data?.trim() || OWN_ORIGIN,
    family,
    precision: precisionOf(row),
    work,
    measuredUs,
    ...(oneOf(row, "timed", ["call", "gpu"], "call") === "gpu" ? { onGpu: true } : {}),
    ...(recorded === undefined ? {} : { recorded }),
    shape: `${family} ${JSON.stringify(work)}`,
  };
}

/** Why what is said to have run cannot have; undefined where it can, or nothing is said. */
function badLaunch(row: Row): string | undefined {
  const algorithm = row.algorithm?.trim() ?? "";
  const grid = row.grid?.trim() ?? "";
  if (algorithm !== "" && !isAlgorithm(algorithm)) {
    const meant = suggest(algorithm, ALGORITHM_NAMES);
    return `algorithm ${quote(algorithm)} is not known${meant === undefined ? "" : `, did you mean '${meant}'?`}`;
  }
  if (grid === "" || blocksOf(grid) !== undefined) return undefined;
  return /^\d+(x\d+){0,2}$/.test(grid)
    ? "grid has an extent of 0"
    : "grid is not written XxYxZ, e.g. 128x2x1";
}

function matmul(row: Row, weightB: boolean): MatMulWork {
  return {
    kind: "matmul",
    batch: size(row, "batch", 1),
    m: size(row, "m"),
    n: size(row, "n"),
    k: size(row, "k"),
    weightB,
    bias: false,
  };
}

function conv(row: Row): ConvWork {
  const pair = (name: string, second: string, byDefault?: number): [number, number] => {
    const first = size(row, name, byDefault);
    return [first, size(row, second, first)];
  };
  const pads = (column: string, byDefault: number) => size(row, column, byDefault, 0);
  const input = pair("height", "width");
  const kernel = pair("kernel", "kernelWidth");
  const stride = pair("stride", "strideWidth", 1);
  const dilation = pair("dilation", "dilationWidth", 1);
  const reach = kernel.map((k, i) => dilation[i]! * (k - 1) + 1);
  const padHeight = pads("pad", Math.floor((reach[0]! - 1) / 2));
  const padWidth = pads("padWidth", row.pad?.trim() ? padHeight : Math.floor((reach[1]! - 1) / 2));
  const pad = [padHeight, padWidth];
  const inChannels = size(row, "inChannels");
  const outChannels = size(row, "outChannels");
  const groups = size(row, "groups", 1);
  if (inChannels % groups !== 0 || outChannels % groups !== 0)
    throw new Unusable("groups do not divide the channels");
  return {
    kind: "conv",
    batch: size(row, "batch", 1),
    inChannels,
    outChannels,
    groups,
    input,
    output: input.map((x, i) => Math.floor((x + 2 * pad[i]! - reach[i]!) / stride[i]!) + 1),
    kernel,
    stride,
    dilation,
    padBegin: pad,
    padEnd: pad,
    transposed: false,
    deformable: false,
    bias: false,
  };
}

function network(row: Row, _: string, measuredUs: number): NetworkObservation {
  const reference = (row.network ?? "").trim();
  if (reference === "") throw new Unusable("no network");
  const batch = size(row, "batch", 1);
  const origin = row.data?.trim() || OWN_ORIGIN;
  return {
    device: (row.device ?? "").trim(),
    origin,
    family: `network batch ${batch}`,
    precision: precisionOf(row),
    batch,
    host: oneOf<HostMode>(row, "host", HOST_MODES, "eager"),
    tuned: oneOf(row, "tuned", ["no", "yes"], "no") === "yes",
    ...zooNetwork(reference),
    machine: `${origin} ${row.machine?.trim() || row.device?.trim() || ""}`.trim(),
    measuredUs,
    shape: `${reference} ${batch}`,
  };
}

type ZooReference = Pick<NetworkObservation, "network" | "parameters">;

/** What a reference stands for, or why it stands for nothing: tables repeat them by the thousand. */
const REFERENCES = new Map<string, ZooReference | Unusable>();
const MOST_REFERENCES = 1000;

/** Characters. */
const LONGEST_REASON = 200;

/** `mobilenet_v2:width=0.5,resolution=192` */
function zooNetwork(reference: string): ZooReference {
  let read = REFERENCES.get(reference);
  if (read === undefined) {
    read = readReference(reference);
    if (REFERENCES.size >= MOST_REFERENCES) REFERENCES.clear();
    REFERENCES.set(reference, read);
  }
  if (read instanceof Unusable) throw read;
  return read;
}

function readReference(reference: string): ZooReference | Unusable {
  const at = reference.indexOf(":");
  const network = at < 0 ? reference : reference.slice(0, at);
  const known = ZOO.get(network)?.parameters;
  if (known === undefined) {
    const meant = suggest(network, ZOO.keys());
    return new Unusable(
      `no network named ${quote(network)} in the zoo${meant === undefined ? "" : `, did you mean '${meant}'?`}`,
    );
  }
  const settings = at < 0 ? [] : reference.slice(at + 1).split(",");
  const parameters: Record<string, ParameterValue> = {};
  for (const setting of settings) {
    const equals = setting.indexOf("=");
    const name = setting.slice(0, Math.max(0, equals));
    const value = setting.slice(equals + 1);
    const kind = known.find((p) => p.name === name)?.kind;
    parameters[name] = kind === "integer" || kind === "real" ? Number(value) : value;
  }
  try {
    buildNetwork(network, parameters);
  } catch (error) {
    if (error instanceof UserError) return new Unusable(error.message.slice(0, LONGEST_REASON));
    throw error;
  }
  return { network, parameters };
}

/** @throws Unusable where there is none and no default */
function size(row: Row, column: string, byDefault?: number, least: 0 | 1 = 1): number {
  const text = row[column]?.trim() ?? "";
  if (text === "") {
    if (byDefault === undefined) throw new Unusable(`no ${column}`);
    return byDefault;
  }
  // Tables with gaps write whole numbers as 64.0.
  const value = decimal(text);
  const bad = badExtent(column, value, least);
  if (bad !== undefined) throw new Unusable(bad);
  return value;
}

function precisionOf(row: Row): Precision {
  return oneOf<Precision>(row, "precision", PRECISIONS, "fp32");
}

function oneOf<T extends string>(row: Row, column: string, choices: readonly T[], byDefault: T): T {
  const text = row[column]?.trim() || byDefault;
  const found = choices.find((choice) => choice === text);
  if (found === undefined)
    throw new Unusable(`${column} ${quote(text)} is none of ${choices.join(", ")}`);
  return found;
}

/** A line of `tidemark measure --csv`: timed by the GPU itself, so that nothing is added. */
function measuredRow(row: Row): Observation | string {
  const ms = timeIn(row.medianUs, 1e-3);
  if (typeof ms === "string") return ms;
  const kernelName = row.kernel ?? "";
  const sizes = Object.fromEntries(
    (row.sizes ?? "").split(";").map((part) => {
      const [name = "", value] = part.split("=");
      return [name.trim(), decimal(value)];
    }),
  );
  const work = Object.hasOwn(WEBGPU_WORKS, kernelName)
    ? WEBGPU_WORKS[kernelName]!(sizes)
    : undefined;
  if (work === undefined) return `kernel ${quote(kernelName)} probes the device; it is no operator`;
  const wrong = badSize(work);
  if (wrong !== undefined) return wrong;
  // Its grids are those of WebGPU kernels, which no library launches: nothing to compare.
  return {
    device: row.adapterDevice?.trim() ?? "",
    origin: MEASURE_ORIGIN,
    family: kernelName,
    precision: "fp32",
    work,
    measuredUs: 1000 * ms,
    onGpu: true,
    ...(kernelName === "conv" ? { launched: { algorithm: "implicit-gemm" } } : {}),
    shape: `${kernelName} ${row.sizes}`,
  };
}

const WEBGPU_WORKS: Readonly<
  Record<string, (sizes: Readonly<Record<string, number>>) => Work | undefined>
> = {
  matmul: ({ m = 0, n = 0, k = 0 }) => ({
    kind: "matmul",
    batch: 1,
    m,
    n,
    k,
    weightB: true,
    bias: false,
  }),
  conv: ({ batch = 0, channels = 0, height = 0, width = 0, filters = 0, kernel = 0 }) => {
    const pad = [(kernel - 1) / 2, (kernel - 1) / 2];
    return {
      kind: "conv",
      batch,
      inChannels: channels,
      outChannels: filters,
      groups: 1,
      input: [height, width],
      output: [height, width],
      kernel: [kernel, kernel],
      stride: [1, 1],
      dilation: [1, 1],
      padBegin: pad,
      padEnd: pad,
      transposed: false,
      deformable: false,
      bias: false,
    };
  },
  copy: ({ bytesPerBuffer = 0 }) => ({
    kind: "copy",
    elements: bytesPerBuffer / 4,
    irregular: false,
  }),
};
