/**
 * Measured networks as samples. The host's speed is no figure of the board: it is one figure for each
 * machine that measured, from `hostUs` where the user knows it, from the device file where it was
 * fitted, else from the rows at hand. In the last case each fifth of the networks gets the figure that
 * the others give. The same holds of the rate at which it copies inputs to the GPU, where a table
 * has that in its times.
 */
import { mean } from "../../base/stats.ts";
import { analyze } from "../../ops/analyze.ts";
import type { Analysis, AnalyzedNode } from "../../ops/types.ts";
import { buildNetwork } from "../../zoo/index.ts";
import { groupBy } from "../calibration/calibrate.ts";
import type { NetworkObservation } from "../calibration/network-observation.ts";
import { shapeHash } from "../calibration/observation.ts";
import type { Device } from "../device.ts";
import { hostFigures } from "../host.ts";
import type { Launch, Target } from "../lower.ts";
import { nasBench201Predictor } from "../nasbench201.ts";
import { type FbnetParts, fbnetLaunches, fbnetNodes, lowerParts } from "./fbnet-launches.ts";
import {
  type HostSweep,
  hostSweep,
  type LaunchCache,
  lowerOnce,
  sweepLaunches,
} from "./host-sweep.ts";
import type { Sample } from "./sample.ts";

export interface NetworkRow {
  readonly observation: NetworkObservation;
  readonly device: Device;
  readonly source: string;
}

export interface HostFigure {
  readonly machine: string;
  readonly device: string;
  readonly from: "given" | "device file" | "these rows" | "default";
  /** Of one simple operator, microseconds. */
  readonly hostUsPerOp: number;
  /** Rate of copies from the host's memory, GB/s, where the table's times include them. */
  readonly copyGbs?: number;
}

const FOLDS = 5;
/** Networks from which a machine's figure is taken, at most, for each fifth. */
const FITTED_ON = 24;
/** Fewer networks of a machine do not tell its host from the model's error. */
export const FEWEST_NETWORKS = 8;

export function networkSamples(
  rows: readonly NetworkRow[],
  given?: number,
): { readonly samples: readonly Sample[]; readonly hosts: readonly HostFigure[] } {
  const sweeps = new Sweeps();
  const samples: Sample[] = [];
  const hosts: HostFigure[] = [];
  const byMachine = groupBy(rows, (r) => `${r.device.id}\n${r.observation.machine}`);
  for (const [, group] of byMachine) {
    const { device, observation } = group[0]!;
    const filed = device.calibration?.hostUsPerOp;
    const known = given ?? filed;
    const fits = known === undefined && group.length >= FEWEST_NETWORKS;
    const folds = Array.from({ length: FOLDS }, (_, fold) =>
      group.filter((r) => foldOf(r) === fold),
    );
    const figures = folds.map((_, fold) => {
      const rest = group.filter((r) => foldOf(r) !== fold);
      const others = rest.length > 0 ? rest : group;
      if (fits) return fitMachine(others, sweeps);
      const enough = group.length >= FEWEST_NETWORKS;
      return { usPerOp: known, usPerByte: enough ? copyUsPerByte(others, known, sweeps) : COPY };
    });
    hosts.push({
      machine: observation.machine,
      device: device.id,
      from: sourceOf(given, filed, fits && figures.some((f) => f.usPerOp !== undefined)),
      hostUsPerOp: mean(figures.map((f) => f.usPerOp ?? hostFigures(observation.host).usPerOp)),
      ...(group.some((r) => r.observation.inputCopied)
        ? { copyGbs: 1e-3 / mean(figures.map((f) => f.usPerByte)) }
        : {}),
    });
    folds.forEach((rows, i) => {
      for (const sample of predictAll(rows, figures[i]!, sweeps)) samples.push(sample);
    });
  }
  return { samples, hosts };
}

function sourceOf(
  given: number | undefined,
  filed: number | undefined,
  fitted: boolean,
): HostFigure["from"] {
  if (given !== undefined) return "given";
  if (filed !== undefined) return "device file";
  return fitted ? "these rows" : "default";
}

const foldOf = (row: NetworkRow): number => shapeHash(row.observation.shape) % FOLDS;

/** What a machine adds to the GPU. */
interface MachineFigures {
  /** Undefined: the mode's own. */
  readonly usPerOp: number | undefined;
  /** Of a copied input; microseconds. */
  readonly usPerByte: number;
}

/** Copies of pageable memory over PCIe 3: some 6 GB/s, where nothing is known. Microseconds a byte. */
const COPY = 1e-3 / 6;
/** No host is faster than the pinned memory of PCIe 4, or slower than half a GB/s. */
const FASTEST_COPY = 1e-3 / 25;
const SLOWEST_COPY = 1e-3 / 0.5;

/** The host figure of {@link fitMachine}. */
export function fitHost(rows: readonly NetworkRow[], sweeps?: Sweeps): number | undefined {
  return fitMachine(rows, sweeps).usPerOp;
}

/**
 * The host figure with the least mean of |ln(predicted / measured)|: networks that no host limits
 * have no say. Undefined where the rows do not tell: the mode's own figure is as good. For each
 * figure that is tried, copies take what explains the rest best.
 */
function fitMachine(rows: readonly NetworkRow[], sweeps: Sweeps = new Sweeps()): MachineFigures {
  const base = hostFigures(rows[0]!.observation.host).usPerOp;
  if (base === 0) {
    return { usPerOp: undefined, usPerByte: copyUsPerByte(rows, undefined, sweeps) };
  }
  // The smallest batch is what the host limits most; larger ones would mix in the GPU's error.
  const least = Math.min(...rows.map((r) => r.observation.batch));
  const small = rows.filter((r) => r.observation.batch === least);
  const chosen = spread(small, FITTED_ON).map((row) => ({
    sweep: sweeps.of(row),
    copied: copiedBytes(row, sweeps),
    measuredUs: row.observation.measuredUs,
  }));
  const loss = (factor: number): number => {
    const runs = chosen.map(({ sweep, ...run }) => ({
      ...run,
      modelUs: sweep.at(base * factor).latencyUs,
    }));
    const copy = copyOf(runs);
    return (
      PRIOR * Math.abs(Math.log(factor)) +
      mean(
        runs.map(({ modelUs, copied, measuredUs }) =>
          Math.abs(Math.log((modelUs + copy * copied) / measuredUs)),
        ),
      )
    );
  };
  let best = 0;
  let lowest = loss(1);
  const byDefault = lowest;
  for (let width = 1.6, step = 0; step < 40 && width > 0.005; step++) {
    let moved = false;
    for (const to of [best - width / 4, best + width / 4]) {
      if (Math.abs(to) > Math.log(FARTHEST)) continue;
      const found = loss(Math.exp(to));
      if (found < lowest) {
        [best, lowest, moved] = [to, found, true];
        break;
      }
    }
    if (!moved) width /= 2;
  }
  const usPerOp = lowest < byDefault * (1 - LEAST_GAIN) ? base * Math.exp(best) : undefined;
  return { usPerOp, usPerByte: copyUsPerByte(small, usPerOp, sweeps) };
}

function copiedBytes({ observation, device }: NetworkRow, sweeps: Sweeps): number {
  return observation.inputCopied ? sweeps.of({ observation, device, source: "" }).inputBytes : 0;
}

function copyUsPerByte(
  rows: readonly NetworkRow[],
  usPerOp: number | undefined,
  sweeps: Sweeps,
): number {
  return copyOf(
    rows
      .filter((row) => row.observation.inputCopied)
      .map((row) => ({
        copied: copiedBytes(row, sweeps),
        measuredUs: row.observation.measuredUs,
        modelUs: sweeps.of(row).at(usPerOp).latencyUs,
      })),
  );
}

/**
 * The figure with the least mean of |model + figure x bytes - measured| / measured: a weighted median.
 */
function copyOf(
  runs: readonly {
    readonly copied: number;
    readonly measuredUs: number;
    readonly modelUs: number;
  }[],
): number {
  const rests = runs
    .filter((r) => r.copied > 0)
    .map((r) => ({
      usPerByte: (r.measuredUs - r.modelUs) / r.copied,
      weight: r.copied / r.measuredUs,
    }))
    .sort((a, b) => a.usPerByte - b.usPerByte);
  const half = rests.reduce((sum, r) => sum + r.weight, 0) / 2;
  let below = 0;
  for (const { usPerByte, weight } of rests) {
    below += weight;
    if (below >= half) return Math.min(SLOWEST_COPY, Math.max(FASTEST_COPY, usPerByte));
  }
  return COPY;
}

/** Machines differ by less than this from the mode's own figure; beyond it another error is fitted. */
const FARTHEST = 4;
/** Weight of the mode's own figure, so that networks that no host limits do not drive it away. */
const PRIOR = 0.02;

/** A figure that explains less than this of the error is not the host's. */
const LEAST_GAIN = 0.02;

/** Up to `count` rows, from each family as many, in the order of a hash. */
function spread(rows: readonly NetworkRow[], count: number): NetworkRow[] {
  const families = groupBy(rows, (r) => r.observation.family);
  const each = Math.max(1, Math.floor(count / families.length));
  return families.flatMap(([, family]) =>
    family
      .map((row) => ({ row, hash: shapeHash(row.observation.shape) }))
      .sort((a, b) => a.hash - b.hash)
      .slice(0, each)
      .map(({ row }) => row),
  );
}

/** Networks that are kept analysed: those of a table come one after another. */
const MOST_ANALYSES = 64;

/** Lowered networks, kept while a report is made: tables repeat them, and most of their layers. */
export class Sweeps {
  readonly #sweeps = new Map<string, HostSweep>();
  readonly #analyses = new Map<string, Analysis>();
  readonly #launches = new Map<string, LaunchCache>();
  readonly #fbnetNodes = new Map<string, FbnetParts<AnalyzedNode>>();
  readonly #fbnets = new Map<string, FbnetParts<Launch>>();

  of(row: NetworkRow): HostSweep {
    const { observation: o, device } = row;
    const target = [device.id, o.precision, o.host, o.tuned, o.channelsLast === true].join(" ");
    let launches = this.#launches.get(target);
    if (launches === undefined) {
      launches = new Map();
      this.#launches.set(target, launches);
    }
    // As many networks as rows: strung together anew, they cost less than they would fill.
    if (o.network === "fbnet" && o.parameters.blocks !== undefined && !hostFigures(o.host).fuses) {
      const blocks = this.#fbnet(row, target, launches);
      return sweepLaunches(o.drained ? blocks : [blocks.flat()], o.host);
    }
    const settings = Object.entries(o.parameters).map(([name, value]) => `${name}=${value}`);
    const network = [o.network, ...settings, o.batch].join(" ");
    const key = `${network} on ${target}${o.drained ? " drained" : ""}`;
    let sweep = this.#sweeps.get(key);
    if (sweep === undefined) {
      sweep = hostSweep(this.#analysis(network, o), { ...o, device }, launches);
      this.#sweeps.set(key, sweep);
    }
    return sweep;
  }

  #fbnet({ observation: o, device }: NetworkRow, target: string, cache: LaunchCache) {
    const { blocks, ...settings } = o.parameters;
    const shape = `${o.batch} ${JSON.stringify(settings)}`;
    const key = `${target} ${shape}`;
    let parts = this.#fbnets.get(key);
    if (parts === undefined) {
      let nodes = this.#fbnetNodes.get(shape);
      if (nodes === undefined) {
        nodes = fbnetNodes(settings, o.batch);
        this.#fbnetNodes.set(shape, nodes);
      }
      const { precision, tuned } = o;
      const aim: Target = { device, precision, host: hostFigures(o.host), tuned };
      parts = lowerParts(nodes, (node) => lowerOnce([node], aim, cache));
      this.#fbnets.set(key, parts);
    }
    return fbnetLaunches(parts, String(blocks));
  }

  #analysis(network: string, o: NetworkObservation): Analysis {
    let analysis = this.#analyses.get(network);
    if (analysis === undefined) {
      const graph = buildNetwork(o.network, o.parameters);
      analysis = analyze(graph, { bind: { batch: o.batch } });
      if (this.#analyses.size >= MOST_ANALYSES)
        this.#analyses.delete(this.#analyses.keys().next().value!);
      this.#analyses.set(network, analysis);
    }
    return analysis;
  }
}

function predictAll(
  rows: readonly NetworkRow[],
  { usPerOp, usPerByte }: MachineFigures,
  sweeps: Sweeps,
): Sample[] {
  return groupBy(rows, (r) => r.observation.family).flatMap(([, family]) => {
    const time = timer(family[0]!, usPerOp, sweeps);
    return family.map((row) => {
      const { observation: o, device, source } = row;
      const { latencyUs, hostBound, macs } = time(row);
      return {
        device: device.id,
        family: o.family,
        precision: o.precision,
        data: o.origin,
        source,
        what: [o.network, ...Object.values(o.parameters)].join(" "),
        shape: o.shape,
        measuredUs: o.measuredUs,
        modelUs: latencyUs,
        addedUs: usPerByte * copiedBytes(row, sweeps),
        limiter: hostBound ? "launch" : "compute",
        network: true,
        macs,
      };
    });
  });
}

interface Timing {
  readonly latencyUs: number;
  readonly hostBound: boolean;
  readonly macs: number;
}

/** NAS-Bench-201 has a path of its own for many networks; the result is the same. */
function timer(
  { observation: o, device }: NetworkRow,
  usPerOp: number | undefined,
  sweeps: Sweeps,
): (row: NetworkRow) => Timing {
  if (o.network !== "nasbench201" || Object.keys(o.parameters).join() !== "cell")
    return (row) => {
      const sweep = sweeps.of(row);
      return { ...sweep.at(usPerOp), macs: sweep.macs };
    };
  const { batch, precision, host, tuned } = o;
  const time = nasBench201Predictor({
    device,
    batch,
    precision,
    host,
    tuned,
    ...(usPerOp === undefined ? {} : { hostUsPerOp: usPerOp }),
  });
  return (row) => {
    const { latencyMs, hostMs, gpuMs, macs } = time(String(row.observation.parameters.cell));
    return { latencyUs: 1000 * latencyMs, hostBound: hostMs > gpuMs, macs };
  };
}
