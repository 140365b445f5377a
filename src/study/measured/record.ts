/** What a calibrated device file records of its fit. */
import { type BoardFit, type FamilyErrors, FOLDS } from "../../gpu/calibration/fit-board.ts";
import type { Calibration, Device } from "../../gpu/device.ts";
import type { AtBound } from "./verdict.ts";

const METHOD =
  `robust Levenberg-Marquardt on log time from the parameters before, profiled kernels where known; ` +
  `errors by ${FOLDS}-fold cross-validation over shapes`;

export interface CalibratedFamily extends FamilyErrors {
  /** What the measuring program adds to a call, fitted, mean of the rows, microseconds; null: networks. */
  readonly addedUs: number | null;
}

/** As the overheads of a fit are keyed. */
export const keyOf = (f: FamilyErrors): string => `${f.data} ${f.family} ${f.precision}`;

export interface Found {
  readonly board: Device;
  readonly parameters: Readonly<Record<string, number>>;
  readonly families: readonly CalibratedFamily[];
  /** Distinct ones, by `origin family precision`. */
  readonly shapes: ReadonlyMap<string, number>;
  readonly harness: BoardFit["harness"];
  readonly hostUs: number | undefined;
  readonly bounds: readonly AtBound[];
  readonly objections: readonly string[];
  readonly date: string;
  readonly files: readonly string[];
}

/** What was fitted before stays where nothing new replaces it. */
export function calibrationOf(found: Found): Calibration {
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
        const key = keyOf(f);
        // By the GPU's clock nothing is added, and its figure is but where the fit began.
        const harness = f.addedUs === 0 ? undefined : found.harness[key];
        const drift = harness?.drift;
        return {
          data: f.data,
          family: f.family,
          precision: f.precision,
          rows: f.count,
          shapes: found.shapes.get(key) ?? f.count,
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
    ...(found.bounds.length === 0
      ? {}
      : {
          atBounds: found.bounds.map(({ parameter, value, bound }) => ({
            parameter,
            value: round(value),
            bound,
          })),
        }),
    ...(found.objections.length === 0 ? {} : { objections: [...found.objections] }),
    method: METHOD,
    date: found.date,
    files: [...found.files],
  };
}

const round = (x: number): number => Number(x.toPrecision(4));

export function roundAll(
  parameters: Readonly<Record<string, number | undefined>>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, round(value)]],
    ),
  );
}
