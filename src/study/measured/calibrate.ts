/** A device file fitted to a user's measurements: what `tidemark calibrate` makes. */
import { basename } from "node:path";
import { UserError } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import { FEWEST } from "../../gpu/calibration/calibrate.ts";
import {
  type BoardFit,
  crossValidate,
  type FamilyErrors,
  FOLDS,
  fitBoard,
  planFit,
} from "../../gpu/calibration/fit-board.ts";
import type { Observation } from "../../gpu/calibration/observation.ts";
import type { ParameterName } from "../../gpu/calibration/parameters.ts";
import { type Calibration, type Device, parseDevice } from "../../gpu/device.ts";
import { hostFigures } from "../../gpu/host.ts";
import {
  FEWEST_NETWORKS,
  fitHost,
  type NetworkRow,
  networkSamples,
} from "../../gpu/validation/networks.ts";
import { score } from "../../gpu/validation/score.ts";
import { deviceJson } from "../devices.ts";
import { Boards } from "./boards.ts";
import { readMeasured } from "./read.ts";
import type { Skip } from "./skips.ts";

export interface CalibrateOptions {
  /** ISO 8601 day, for the file. */
  readonly date: string;
}

export interface FittedParameter {
  readonly name: string;
  readonly before: number;
  readonly after: number;
  readonly fitted: boolean;
  /** Why it stays; null where it was fitted. */
  readonly reason: string | null;
}

export interface CalibrationResult {
  /** The new device file. */
  readonly device: Json;
  /** Kernels by cross-validation over shapes, networks by halves. */
  readonly families: readonly FamilyErrors[];
  readonly parameters: readonly FittedParameter[];
  /** FP32 clock under full load, MHz. */
  readonly sustainedMhz: { readonly before: number; readonly after: number };
  readonly hostUsPerOp: { readonly before: number; readonly after: number | null };
  readonly rows: number;
  readonly skipped: readonly Skip[];
}

const METHOD =
  `robust Levenberg-Marquardt on log time from the parameters before, profiled kernels where known; ` +
  `errors by ${FOLDS}-fold cross-validation over shapes`;

/** @throws UserError for tables that cannot be read, and where too few rows are left to fit anything */
export function calibrateDevice(
  reference: string,
  paths: readonly string[],
  options: CalibrateOptions,
): CalibrationResult {
  const boards = new Boards(reference);
  const board = boards.wanted!;
  const { measured, skips, rows } = readMeasured(paths, boards);
  const observations: Observation[] = [];
  const networks: NetworkRow[] = [];
  for (const { kind, observation, device, source } of measured) {
    if (kind === "kernel") observations.push({ ...observation, device: board.id });
    else networks.push({ observation, device, source });
  }
  const plan = planFit(board, observations);
  const fitsKernels = plan.stages.some((stage) => stage.names.length > 0);
  const fitsHost = networks.length >= FEWEST_NETWORKS;
  if (!fitsKernels && !fitsHost)
    throw tooFew(board, observations.length, networks.length, skips.list());
  const fit = fitBoard(board, plan);
  const parameters = roundAll(fit.parameters);
  const hostUs = fitsHost ? fitHost(networks) : undefined;
  const families = [
    ...(observations.length > 0 ? crossValidate(board, observations) : []),
    ...networkErrors(networks),
  ];
  const calibration = calibrationOf({
    board,
    parameters,
    families,
    harness: fit.harness,
    hostUs,
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
      reason: name in parameters ? null : (plan.stay[name] ?? "no measurement tells it"),
    })),
    sustainedMhz: { before: board.clockMhz, after: after.clockMhz },
    hostUsPerOp: {
      before: board.calibration?.hostUsPerOp ?? hostFigures("eager").usPerOp,
      after: hostUs ?? null,
    },
    rows,
    skipped: skips.list(),
  };
}

function tooFew(board: Device, kernels: number, networks: number, skipped: readonly Skip[]) {
  const left = skipped.reduce((sum, s) => sum + s.count, 0);
  const why =
    skipped[0] === undefined ? "" : `; ${left} rows were left out, e.g. ${skipped[0].reason}`;
  return new UserError(
    `${board.id}: ${kernels} measured kernels and ${networks} networks, too few to fit anything${why}`,
    {
      hint: `give at least ${FEWEST} kernels of one precision, or ${FEWEST_NETWORKS} networks, of this board`,
    },
  );
}

/** Before: the host figure that the device has. After: half of the networks by the other half. */
function networkErrors(networks: readonly NetworkRow[]): FamilyErrors[] {
  if (networks.length === 0) return [];
  const before = networkSamples(
    networks,
    networks[0]!.device.calibration?.hostUsPerOp ?? hostFigures("eager").usPerOp,
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

interface Found {
  readonly board: Device;
  readonly parameters: Readonly<Record<string, number>>;
  readonly families: readonly FamilyErrors[];
  readonly harness: BoardFit["harness"];
  readonly hostUs: number | undefined;
  readonly date: string;
  readonly files: readonly string[];
}

/** What was fitted before stays where nothing new replaces it. */
function calibrationOf(found: Found): Calibration {
  const { board, families, hostUs } = found;
  const old = board.calibration;
  const refitted = new Set(families.map((f) => f.precision as string));
  const kept = (old?.fittedOn ?? []).filter((f) => !refitted.has(f.precision));
  const host = hostUs ?? old?.hostUsPerOp;
  return {
    ...(old?.sustainedMhz === undefined ? {} : { sustainedMhz: old.sustainedMhz }),
    ...(host === undefined ? {} : { hostUsPerOp: round(host) }),
    parameters: { ...old?.parameters, ...found.parameters },
    fittedOn: [
      ...kept,
      ...families.map((f) => {
        const harness = found.harness[`${f.data} ${f.family} ${f.precision}`];
        const drift = harness?.drift;
        return {
          data: f.data,
          family: f.family,
          precision: f.precision,
          rows: f.count,
          heldOutRows: f.count,
          heldOutMape: round(f.after.mape),
          heldOutMedianApe: round(f.after.medianApe),
          mapeBefore: round(f.before.mape),
          harnessUs: round(harness?.meanUs ?? 0),
          ...(drift === undefined
            ? {}
            : {
                harnessDrift: {
                  startUs: round(drift.startUs),
                  growthUs: round(drift.growthUs),
                  power: round(drift.power),
                },
              }),
        };
      }),
    ],
    method: METHOD,
    date: found.date,
    files: [...found.files],
  };
}

const round = (x: number): number => Number(x.toPrecision(4));

function roundAll(
  parameters: Readonly<Record<string, number | undefined>>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, round(value)]],
    ),
  );
}
