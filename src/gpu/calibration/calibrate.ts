/**
 * Calibrates a board in stages: FP32 first, from the richest data set there is of it, then matrix
 * units and INT8 with the FP32 parameters held. Errors are of held-out shapes, with algorithm, tile
 * and split chosen by the model.
 */
import { UserError } from "../../base/errors.ts";
import { mean, median } from "../../base/stats.ts";
import { type Calibration, type Device, withParameters } from "../device.ts";
import type { Precision } from "../types.ts";
import { fitParameters, harnessKey, predictUs } from "./fit.ts";
import { fitCorrections } from "./fit-correction.ts";
import { driftAt, type HarnessDrift, positionOf } from "./harness.ts";
import { isHeldOut, type Observation } from "./observation.ts";
import type { ParameterName, Parameters } from "./parameters.ts";

const METHOD =
  "robust Levenberg-Marquardt on log time, profiled kernels where known; one shape in five held out";

export const GEMM: readonly ParameterName[] = [
  "latencyWarps",
  "dramEfficiency",
  "gemmEfficiency",
  "gemmOverheadSteps",
];
/** Only profiled grids tell rounds from efficiency, and a loaded clock from an idle one. */
export const PROFILED: readonly ParameterName[] = [
  "powerBudget",
  "stairHardness",
  "stridedReads",
  "tileWrites",
];
export const CONV: readonly ParameterName[] = [
  "implicitEfficiency",
  "implicitOverheadSteps",
  "fusedEfficiency",
  "fusedOverheadSteps",
  "winogradEfficiency",
  "winogradOverheadSteps",
  "inputTransform",
  "outputTransform",
];
export const TENSOR: readonly ParameterName[] = [
  "tensorEfficiency",
  "tensorOverheadSteps",
  "tensorConvEfficiency",
];
export const INT8: readonly ParameterName[] = [
  "int8Efficiency",
  "int8ConvEfficiency",
  "int8OverheadSteps",
];

/** A bandwidth that was measured leaves the fit little room. */
export const MEASURED_SIGMA = 0.05;
/** Architectures reach about the same share: few kernel rows are limited by DRAM and could tell. */
const BANDWIDTH_SIGMA = 0.1;

/** Fewest rows that a stage is fitted on. */
export const FEWEST = 12;

interface Stage {
  readonly names: readonly ParameterName[];
  readonly observations: readonly Observation[];
}

export interface Calibrated {
  readonly calibration: Calibration;
  readonly device: Device;
}

/** @throws UserError where no family has enough rows of this board */
export function calibrate(board: Device, all: readonly Observation[]): Calibrated {
  const observations = withPositions(all.filter((o) => o.device === board.id));
  const stages = plan(observations.filter((o) => !isHeldOut(o)));
  if (stages.length === 0) {
    throw new UserError(
      `${board.id}: ${observations.length} measurements, fewer than the ${FEWEST} of one precision that a fit needs`,
      { hint: "measure more shapes of one operator and precision" },
    );
  }
  let device = board;
  let parameters: Partial<Parameters> = {};
  const harness: Record<string, number> = {};
  const drifts: Record<string, HarnessDrift> = {};
  for (const stage of stages) {
    const fit = fitParameters(device, stage.observations, {
      names: stage.names,
      sigma: {
        dramEfficiency:
          board.figures.dramMeasuredGbs === undefined ? BANDWIDTH_SIGMA : MEASURED_SIGMA,
      },
      iterations: 40,
    });
    parameters = { ...parameters, ...fit.parameters };
    Object.assign(harness, fit.harnessUs);
    Object.assign(drifts, fit.harnessDrift);
    device = withParameters(board, parameters);
  }
  const fittedOn = groupBy(observations.filter(isHeldOut), harnessKey).flatMap(([key, rows]) => {
    const harnessUs = harness[key];
    if (harnessUs === undefined) return [];
    const { origin, family, precision } = rows[0]!;
    const drift = drifts[key];
    return [
      {
        data: origin,
        family,
        precision,
        rows: observations.filter((o) => harnessKey(o) === key).length - rows.length,
        heldOutRows: rows.length,
        heldOutMape: 0,
        heldOutMedianApe: 0,
        harnessUs: round(harnessUs, 3),
        ...(drift === undefined
          ? {}
          : {
              harnessDrift: {
                startUs: round(drift.startUs, 3),
                growthUs: round(drift.growthUs, 3),
                power: round(drift.power, 3),
              },
            }),
      },
    ];
  });
  const rounded = Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, round(value, 4)]),
  );
  return correct(board, { parameters: rounded, fittedOn, method: METHOD }, observations);
}

/**
 * The corrections anew, on a calibration's parameters and overheads as they stand, and the errors of
 * held-out shapes with them.
 *
 * @param board without calibration
 */
export function correct(
  board: Device,
  calibration: Calibration,
  all: readonly Observation[],
): Calibrated {
  const observations = withPositions(all.filter((o) => o.device === board.id));
  const fits = new Map(
    calibration.fittedOn.map((f): [string, typeof f] => [
      `${f.data} ${f.family} ${f.precision}`,
      f,
    ]),
  );
  const addedUs = (o: Observation): number | undefined => {
    const fit = fits.get(harnessKey(o));
    return fit?.harnessDrift === undefined || o.position === undefined
      ? fit?.harnessUs
      : driftAt(fit.harnessDrift, o.position);
  };
  const physical = withParameters(board, calibration.parameters);
  const corrections = fitCorrections(
    physical,
    observations.flatMap((observation) => {
      const added = addedUs(observation);
      return isHeldOut(observation) || added === undefined ? [] : [{ observation, addedUs: added }];
    }),
  );
  const device = { ...physical, corrections };
  const fittedOn = calibration.fittedOn.map((fit) => {
    const key = `${fit.data} ${fit.family} ${fit.precision}`;
    const errors = observations
      .filter((o) => isHeldOut(o) && harnessKey(o) === key)
      .map(
        (o) => Math.abs(predictUs(o, device, false) + addedUs(o)! - o.measuredUs) / o.measuredUs,
      );
    return {
      ...fit,
      heldOutMape: round(mean(errors), 3),
      heldOutMedianApe: round(median(errors), 3),
    };
  });
  const { method, corrections: _, ...rest } = calibration;
  return {
    calibration: {
      ...rest,
      fittedOn,
      ...(corrections.length === 0 ? {} : { corrections }),
      method,
    },
    device,
  };
}

/** Fewest rows whose order tells a growth of the overhead. */
const FEWEST_DRIFTING = 100;

/**
 * Gives rows of convolutions their place in their table: only there does the overhead grow. Rows
 * that name the kernels that ran come from a profile in one process.
 */
export function withPositions(observations: readonly Observation[]): Observation[] {
  const drifting = (o: Observation): boolean => o.work.kind === "conv" && o.launched !== undefined;
  const counts = new Map<string, number>();
  const key = (o: Observation): string => `${o.device} ${harnessKey(o)}`;
  for (const o of observations) counts.set(key(o), (counts.get(key(o)) ?? 0) + 1);
  const profiled = new Set(observations.filter(drifting).map(key));
  const seen = new Map<string, number>();
  return observations.map((o) => {
    const group = key(o);
    const index = seen.get(group) ?? 0;
    seen.set(group, index + 1);
    const count = counts.get(group)!;
    if (!profiled.has(group) || count < FEWEST_DRIFTING) return o;
    return { ...o, position: positionOf(index, count) };
  });
}

function plan(train: readonly Observation[]): Stage[] {
  const stages: Stage[] = [];
  const of = (precision: Precision): Observation[] =>
    train.filter((o) => o.precision === precision);
  const fp32 = of("fp32");
  const profiled = fp32.filter((o) => o.origin === "neusight" && o.launched !== undefined);
  const base = profiled.length >= FEWEST ? profiled : fp32;
  if (base.length >= FEWEST) {
    const conv = base.some((o) => o.work.kind === "conv");
    stages.push({
      names: [...(base === profiled ? PROFILED : []), ...GEMM, ...(conv ? CONV : [])],
      observations: base,
    });
  }
  const rest = fp32.filter((o) => o.origin !== base[0]?.origin);
  // The same board in another harness: only its overhead is new.
  if (rest.length >= FEWEST) stages.push({ names: [], observations: rest });
  for (const [precision, names] of [
    ["fp16", TENSOR],
    ["int8", INT8],
  ] as const) {
    const rows = of(precision);
    if (rows.length >= FEWEST) stages.push({ names, observations: rows });
  }
  return stages;
}

export function groupBy<T>(items: readonly T[], key: (item: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const k = key(item);
    const group = groups.get(k);
    if (group === undefined) groups.set(k, [item]);
    else group.push(item);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

function round(x: number, digits: number): number {
  return Number(x.toPrecision(digits));
}
