/** A device file fitted to a user's measurements: what `tidemark calibrate` makes. */
import { basename } from "node:path";
import { UserError } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import { FEWEST, withPositions } from "../../gpu/calibration/calibrate.ts";
import { harnessKey } from "../../gpu/calibration/fit.ts";
import {
  crossValidate,
  type FamilyErrors,
  type FitPlan,
  fitBoard,
  planFit,
} from "../../gpu/calibration/fit-board.ts";
import type { Observation } from "../../gpu/calibration/observation.ts";
import type { ParameterName } from "../../gpu/calibration/parameters.ts";
import { type Device, parseDevice } from "../../gpu/device.ts";
import { hostFigures } from "../../gpu/host.ts";
import { kernelSample } from "../../gpu/validation/kernels.ts";
import {
  FEWEST_NETWORKS,
  fitHost,
  type NetworkRow,
  networkSamples,
} from "../../gpu/validation/networks.ts";
import { withOverhead } from "../../gpu/validation/overhead.ts";
import type { Sample } from "../../gpu/validation/sample.ts";
import { score } from "../../gpu/validation/score.ts";
import { deviceJson, isDeviceFile } from "../devices.ts";
import { Boards } from "./boards.ts";
import { FAR_OFF, farOff } from "./far-off.ts";
import { impossibleNetwork } from "./impossible.ts";
import {
  describeShare,
  notOfTheWork,
  type OverheadShare,
  overheadShares,
  tellsOfGpu,
} from "./overhead-share.ts";
import { type IgnoredColumn, type MeasuredTables, readMeasured } from "./read.ts";
import { type CalibratedFamily, calibrationOf, keyOf, roundAll } from "./record.ts";
import type { Skip } from "./skips.ts";
import {
  type KernelRow,
  type Repeats,
  refuseImpossible,
  soundKernels,
  soundNetworks,
} from "./sound.ts";
import { boundsOf, objectionsTo } from "./verdict.ts";

export interface CalibrateOptions {
  /** ISO 8601 day, for the file. */
  readonly date: string;
  /** Takes a fit that is implausible or no better than before; what is against it is kept in the file. */
  readonly force?: boolean;
}

export interface FittedParameter {
  readonly name: string;
  readonly before: number;
  readonly after: number;
  readonly fitted: boolean;
  /** The bound that the fit ran into; null: none. */
  readonly atBound: number | null;
  /** Why it stays; null where it was fitted. */
  readonly reason: string | null;
}

export interface CalibrationResult {
  /** The new device file. */
  readonly device: Json;
  /** Kernels by cross-validation over shapes, networks by fifths. */
  readonly families: readonly CalibratedFamily[];
  readonly parameters: readonly FittedParameter[];
  /** FP32 clock under full load, MHz. */
  readonly sustainedMhz: { readonly before: number; readonly after: number };
  readonly hostUsPerOp: { readonly before: number; readonly after: number | null };
  readonly rows: number;
  /** Launches with more than one row: each counts once, with the median of its times. */
  readonly repeats: Repeats;
  /** What speaks against the fit, where it was forced. */
  readonly objections: readonly string[];
  readonly skipped: readonly Skip[];
  readonly ignoredColumns: readonly IgnoredColumn[];
}

/**
 * @throws UserError for tables that cannot be read, times that the board cannot have, times of one
 * launch that contradict one another, too few shapes to fit anything, times that are nearly all
 * overhead, and, unless forced, a fit that is implausible or worse than what was there
 */
export function calibrateDevice(
  reference: string,
  paths: readonly string[],
  options: CalibrateOptions,
): CalibrationResult {
  const boards = new Boards(reference);
  const board = boards.wanted!;
  const read = readMeasured(paths, boards);
  const { kernels, networks } = soundRows(read, board);
  const observations = withPositions(
    kernels.rows.map(({ observation }) => ({ ...observation, device: board.id })),
  );
  const { plan, fit, shares } = fitKernels(board, observations);
  const fitsHost = networks.rows.length >= FEWEST_NETWORKS;
  if (!fitsAny(plan) && !fitsHost) {
    if (fitsAny(planFit(board, observations))) throw onlyOverhead(board, shares);
    throw tooFew(board, observations, networks.rows.length, read.rows, read.skips.list());
  }
  const parameters = roundAll(fit.parameters);
  const hostUs = fitsHost ? fitHost(networks.rows) : undefined;
  const families: CalibratedFamily[] = [
    ...(observations.length > 0 ? crossValidate(board, observations, plan) : []).map((f) => ({
      ...f,
      addedUs: shares.find((s) => s.key === keyOf(f))!.addedUs,
    })),
    ...networkErrors(networks.rows, board).map((f) => ({ ...f, addedUs: null })),
  ];
  const bounds = boundsOf(fit.parameters);
  const objections = [
    // A family that tells of the GPU in fewer shapes is not what the fit rests on.
    ...shares.flatMap((s) => (s.telling >= FEWEST ? (notOfTheWork(s) ?? []) : [])),
    ...objectionsTo(bounds, families, plan),
  ];
  if (objections.length > 0 && options.force !== true)
    throw new UserError(`${board.id}: ${objections.join("; ")}`, {
      hint: `nothing was written. ${alreadyFitted(reference, board, families)}\`tidemark validate\` shows the rows that are off; --force takes the fit all the same`,
    });
  const shapes = shapesByFamily(observations, networks.rows);
  const calibration = calibrationOf({
    board,
    parameters,
    families,
    shapes,
    harness: fit.harness,
    hostUs,
    bounds,
    objections,
    date: options.date,
    files: paths.map((path) => basename(path)),
  });
  const file = {
    ...(deviceJson(reference) as { [key: string]: Json }),
    calibration: calibration as unknown as Json,
  };
  const after = parseDevice(file, "the calibrated device");
  return {
    device: file,
    families,
    parameters: (Object.keys(board.parameters) as ParameterName[]).map((name) => ({
      name,
      before: board.parameters[name],
      after: after.parameters[name],
      fitted: name in parameters,
      atBound: bounds.find((b) => b.parameter === name)?.bound ?? null,
      reason: name in parameters ? null : (plan.stay[name] ?? "no measurement tells it"),
    })),
    sustainedMhz: { before: board.clockMhz, after: after.clockMhz },
    hostUsPerOp: {
      before: board.calibration?.hostUsPerOp ?? hostFigures("eager").usPerOp,
      after: hostUs ?? null,
    },
    rows: read.rows,
    repeats: {
      launches: kernels.repeats.launches + networks.repeats.launches,
      rows: kernels.repeats.rows + networks.repeats.rows,
    },
    objections,
    skipped: read.skips.list(),
    ignoredColumns: read.ignoredColumns,
  };
}

/** First as if every row told of the GPU, then without the parameters that too few rows tell. */
function fitKernels(board: Device, rows: readonly Observation[]) {
  const wanted = planFit(board, rows);
  const first = fitBoard(board, wanted);
  const plan = planFit(board, rows, (row) => tellsOfGpu(row, first));
  const same = namesOf(plan).join() === namesOf(wanted).join();
  const fit = same ? first : fitBoard(board, plan);
  return { plan, fit, shares: overheadShares(rows, fit, board) };
}

const namesOf = (plan: FitPlan): readonly ParameterName[] => plan.stages.flatMap((s) => s.names);
const fitsAny = (plan: FitPlan): boolean => namesOf(plan).length > 0;

function onlyOverhead(board: Device, shares: readonly OverheadShare[]): UserError {
  const why = shares.map((s) => notOfTheWork(s) ?? `${s.key}: ${describeShare(s)}`);
  return new UserError(
    `${board.id}: too few rows have a third of their time on the GPU to fit anything: ${why.join("; ")}`,
    {
      hint: "check the unit and that the program waits for the GPU; time larger sizes, or by the GPU's clock (column timed: gpu). Nothing was written",
    },
  );
}

/** For a hint: that the board as it ships knows such data; empty where it does not. */
function alreadyFitted(
  reference: string,
  board: Device,
  families: readonly FamilyErrors[],
): string {
  if (isDeviceFile(reference)) return "";
  const known = new Set(board.calibration?.fittedOn.map((f) => f.data));
  const again = [...new Set(families.map((f) => f.data))].filter((data) => known.has(data));
  return again.length === 0
    ? ""
    : `${board.id} as it ships is already calibrated on data of this kind (${again.join(", ")}): use it as it is. `;
}

/** The rows that a fit may rest on; a time that is far off, overhead included, is left out and counted. */
function soundRows({ measured, skips }: MeasuredTables, board: Device) {
  const kernels: KernelRow[] = [];
  const networks: NetworkRow[] = [];
  for (const { kind, observation, device, source } of measured) {
    if (kind === "network") networks.push({ observation, device, source });
    else kernels.push({ observation, source });
  }
  const samples = kernels.map((row) => kernelSample(row.observation, board, row.source));
  const idOf = (s: Sample): string => `${s.source} ${s.data} ${s.shape} ${s.measuredUs}`;
  const off = new Set<string>();
  for (const sample of withOverhead(samples, new Map([[board.id, board]])).samples) {
    const far = farOff(sample);
    // Times that are too short are for soundKernels to refuse.
    if (far === undefined || sample.measuredUs < sample.modelUs) continue;
    off.add(idOf(sample));
    const at = sample.source.lastIndexOf(":");
    skips.add(sample.source.slice(0, at), FAR_OFF, `row ${sample.source.slice(at + 1)}: ${far}`);
  }
  return {
    kernels: soundKernels(
      kernels.filter((_, i) => !off.has(idOf(samples[i]!))),
      board,
    ),
    networks: soundNetworks(networks, board),
  };
}

function shapesByFamily(
  observations: readonly Observation[],
  networks: readonly NetworkRow[],
): ReadonlyMap<string, number> {
  const shapes = new Map<string, Set<string>>();
  for (const o of [...observations, ...networks.map((row) => row.observation)]) {
    const key = harnessKey(o);
    const known = shapes.get(key) ?? new Set();
    shapes.set(key, known.add(o.shape));
  }
  return new Map([...shapes].map(([key, of]) => [key, of.size]));
}

function tooFew(
  board: Device,
  kernels: readonly Observation[],
  networks: number,
  rows: number,
  skipped: readonly Skip[],
): UserError {
  const left = skipped.reduce((sum, s) => sum + s.count, 0);
  const why =
    skipped[0] === undefined ? "" : `; ${left} rows were left out, e.g. ${skipped[0].reason}`;
  const shapes = new Set(kernels.map((o) => o.shape)).size;
  return new UserError(
    `${board.id}: ${shapes} distinct shapes of kernels and ${networks} networks in ${rows} rows, too few to fit anything${why}`,
    {
      hint: `give at least ${FEWEST} shapes of one precision, or ${FEWEST_NETWORKS} networks, of this board`,
    },
  );
}

/** Before: the host figure that the device has. After: each fifth of the networks by the others. */
function networkErrors(networks: readonly NetworkRow[], board: Device): FamilyErrors[] {
  if (networks.length === 0) return [];
  const before = networkSamples(
    networks,
    networks[0]!.device.calibration?.hostUsPerOp ?? hostFigures("eager").usPerOp,
  );
  refuseImpossible(
    before.samples.flatMap((s) => {
      const what = impossibleNetwork(s, board);
      return what === undefined ? [] : [`${s.source} (${s.what}): ${what}`];
    }),
    board,
  );
  const refitted = networks.map((row) => ({ ...row, device: withoutHost(row.device) }));
  const after = networkSamples(refitted);
  return [...new Set(before.samples.map((s) => `${s.family}\n${s.precision}`))].map((key) => {
    const of = (samples: typeof before.samples) =>
      samples.filter((s) => `${s.family}\n${s.precision}` === key);
    const [first] = of(before.samples);
    return {
      data: first!.data,
      family: first!.family,
      precision: first!.precision,
      count: of(before.samples).length,
      before: errorsOf(score(of(before.samples))),
      after: errorsOf(score(of(after.samples))),
    };
  });
}

const hostless = new WeakMap<Device, Device>();

/** The same object for the same device: what was lowered for it is found again. */
function withoutHost(device: Device): Device {
  let without = hostless.get(device);
  if (without === undefined) {
    const { calibration } = device;
    without =
      calibration === undefined
        ? device
        : { ...device, calibration: { ...calibration, hostUsPerOp: undefined } };
    hostless.set(device, without);
  }
  return without;
}

function errorsOf({ mape, medianApe, bias }: ReturnType<typeof score>): FamilyErrors["before"] {
  return { mape, medianApe, bias };
}
