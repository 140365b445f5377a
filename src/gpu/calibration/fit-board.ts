/**
 * Fits a board to a user's measurements: only parameters of which the rows say something, each from
 * where it stood before, so that few rows move it little. Errors are told by cross-validation, one
 * fifth of the shapes at a time left out of the fit that predicts it.
 */
import { mean, median } from "../../base/stats.ts";
import { POWER_CAP_WATTS } from "../clock.ts";
import { type Device, withParameters } from "../device.ts";
import { isWinogradShape } from "../kernels/conv.ts";
import type { Precision } from "../types.ts";
import {
  CONV,
  FEWEST,
  GEMM,
  groupBy,
  INT8,
  MEASURED_SIGMA,
  PROFILED,
  TENSOR,
} from "./calibrate.ts";
import { fitParameters, harnessKey, predictUs } from "./fit.ts";
import { driftAt, type HarnessDrift } from "./harness.ts";
import { type Observation, shapeHash } from "./observation.ts";
import type { ParameterName, Parameters } from "./parameters.ts";

export const FOLDS = 5;
/** A fit takes rows beyond this number little further, and time. */
const MOST_ROWS = 1200;
const ITERATIONS = 25;

export interface BoardFit {
  readonly parameters: Partial<Parameters>;
  /** Overhead of the measuring program by `origin family precision`. */
  readonly harness: Readonly<
    Record<string, { readonly meanUs: number; readonly drift?: HarnessDrift }>
  >;
}

export interface FamilyErrors {
  readonly data: string;
  readonly family: string;
  readonly precision: Precision;
  readonly count: number;
  /** With the device as it was; only the measuring program's overhead is fitted, as for `after`. */
  readonly before: Errors;
  readonly after: Errors;
}

export interface Errors {
  readonly mape: number;
  readonly medianApe: number;
  readonly bias: number;
}

interface Stage {
  readonly names: readonly ParameterName[];
  readonly rows: readonly Observation[];
}

/** Which parameters the rows tell, and why the others stay. */
export interface FitPlan {
  readonly stages: readonly Stage[];
  readonly stay: Readonly<Partial<Record<ParameterName, string>>>;
}

/** Parameters of FP16, BF16 and TF32 on matrix units. */
const TENSOR_PRECISIONS: readonly Precision[] = ["fp16", "bf16", "tf32"];
const FUSED: readonly ParameterName[] = ["fusedEfficiency", "fusedOverheadSteps"];
const NONFUSED: readonly ParameterName[] = [
  "winogradEfficiency",
  "winogradOverheadSteps",
  "inputTransform",
  "outputTransform",
];

/** Times of one shape tell no more of parameters than one time does. */
function shapesOf(rows: readonly Observation[]): number {
  return new Set(rows.map((o) => o.shape)).size;
}

/** @param tells whether a row says something of the GPU; the others tell their overhead alone */
export function planFit(
  board: Device,
  rows: readonly Observation[],
  tells: (row: Observation) => boolean = () => true,
): FitPlan {
  const shapesIn = (some: readonly Observation[]): number => shapesOf(some.filter(tells));
  const stay: Partial<Record<ParameterName, string>> = {};
  const stages: Stage[] = [];
  const simt = rows.filter((o) => !board.tensor[o.precision] && o.precision !== "int8");
  const products = simt.filter((o) => o.work.kind === "matmul");
  const convs = simt.filter((o) => o.work.kind === "conv");
  const profiled = shapesIn(simt.filter((o) => o.launched !== undefined)) >= FEWEST;
  const winograd = convs.filter(
    (o) => o.work.kind === "conv" && isWinogradShape(o.work) && board.vendor === "nvidia",
  );
  const names: ParameterName[] = [];
  const take = (some: readonly ParameterName[], enough: boolean, lack: string): void => {
    for (const name of some) {
      if (!enough) stay[name] = lack;
      else if (!names.includes(name)) names.push(name);
    }
  };
  const lack = (what: string, of: readonly Observation[]): string => {
    const [have, all] = [shapesIn(of), shapesOf(of)];
    const which = have < all ? `of the ${all} shapes of ${what} are not mostly overhead` : what;
    return `${have} ${have < all ? "" : "shapes of "}${which}, fewer than the ${FEWEST} of a fit`;
  };
  take(GEMM, shapesIn(products) >= FEWEST, lack("FP32 products", products));
  take(["latencyWarps", "dramEfficiency"], shapesIn(simt) >= FEWEST, lack("FP32", simt));
  for (const name of names) delete stay[name];
  take(
    CONV.filter((n) => !FUSED.includes(n) && !NONFUSED.includes(n)),
    shapesIn(convs) >= FEWEST,
    lack("FP32 convolutions", convs),
  );
  take(
    [...FUSED, ...NONFUSED],
    shapesIn(winograd) >= FEWEST,
    lack("3x3 convolutions of stride 1", winograd),
  );
  take(
    PROFILED.filter((n) => n !== "powerBudget"),
    profiled,
    "no profiled kernels: rounds of blocks cannot be told from efficiency",
  );
  const clocked =
    board.figures.sustainedMhz !== undefined || board.calibration?.sustainedMhz !== undefined;
  if (clocked) stay.powerBudget = "the device file states the sustained clock";
  else
    take(
      ["powerBudget"],
      profiled || (board.tdpWatts <= POWER_CAP_WATTS && shapesIn(simt) >= FEWEST),
      "no profiled kernels: the clock cannot be told from efficiency on a board above 75 W",
    );
  if (shapesIn(simt) >= FEWEST && names.length > 0) stages.push({ names, rows: simt });
  const tensor = rows.filter(
    (o) => board.tensor[o.precision] && TENSOR_PRECISIONS.includes(o.precision),
  );
  const int8 = rows.filter((o) => o.precision === "int8");
  for (const [some, of, what] of [
    [TENSOR, tensor, "FP16, BF16 or TF32 on matrix units"],
    [INT8, int8, "INT8"],
  ] as const) {
    if (shapesIn(of) >= FEWEST) {
      const convs = of.filter((o) => o.work.kind === "conv");
      const products = of.filter((o) => o.work.kind !== "conv");
      const told = some.filter((n) => shapesIn(n.includes("Conv") ? convs : products) >= FEWEST);
      for (const n of some) {
        if (!told.includes(n)) {
          const kind = n.includes("Conv") ? "convolutions" : "products";
          stay[n] = lack(`${what}, ${kind}`, n.includes("Conv") ? convs : products);
        }
      }
      stages.push({ names: told, rows: of });
    } else for (const n of some) stay[n] = lack(what, of);
  }
  // Too few for parameters, but their overhead must be known to tell their errors.
  const fitted = new Set(stages.flatMap((s) => s.rows));
  const rest = rows.filter((o) => !fitted.has(o));
  if (rest.length > 0) stages.push({ names: [], rows: rest });
  return { stages, stay };
}

/** @param most rows of a stage that the fit looks at */
export function fitBoard(board: Device, plan: FitPlan, most = MOST_ROWS): BoardFit {
  let parameters: Partial<Parameters> = {};
  let device = board;
  const harness: Record<string, { meanUs: number; drift?: HarnessDrift }> = {};
  for (const stage of plan.stages) {
    const fit = fitParameters(device, thinned(stage.rows, most), {
      names: stage.names,
      sigma: board.figures.dramMeasuredGbs === undefined ? {} : { dramEfficiency: MEASURED_SIGMA },
      iterations: ITERATIONS,
    });
    parameters = { ...parameters, ...fit.parameters };
    for (const [key, meanUs] of Object.entries(fit.harnessUs)) {
      const drift = fit.harnessDrift[key];
      harness[key] = { meanUs, ...(drift === undefined ? {} : { drift }) };
    }
    device = withParameters(board, parameters);
  }
  return { parameters, harness };
}

/** Up to `most`, by a hash of the shape: the same rows on every machine. */
function thinned(rows: readonly Observation[], most: number): readonly Observation[] {
  if (rows.length <= most) return rows;
  const kept = new Set(
    rows
      .map((row, i) => ({ i, hash: shapeHash(`thin ${row.shape}`) }))
      .sort((a, b) => a.hash - b.hash || a.i - b.i)
      .slice(0, most)
      .map(({ i }) => i),
  );
  return rows.filter((_, i) => kept.has(i));
}

/**
 * Errors by data set, family and precision. Both columns are of rows that their fit has not seen;
 * algorithm, tile and split are the model's choice.
 *
 * @param placed rows with their positions, those of the plan
 */
export function crossValidate(
  board: Device,
  placed: readonly Observation[],
  plan: FitPlan,
): FamilyErrors[] {
  const foldOf = placed.map((o) => shapeHash(o.shape) % FOLDS);
  const before = new Float64Array(placed.length);
  const after = new Float64Array(placed.length);
  for (let fold = 0; fold < FOLDS; fold++) {
    const train = new Set(placed.filter((_, i) => foldOf[i] !== fold));
    if (train.size === placed.length) continue;
    // What is told is the error of the whole table's fit: the same parameters, fewer rows.
    const stages = plan.stages
      .map(({ names, rows }) => ({ names, rows: rows.filter((o) => train.has(o)) }))
      .filter((s) => s.rows.length > 0);
    const fitted = fitBoard(board, { stages, stay: {} }, MOST_ROWS / 2);
    const asWas = fitBoard(
      board,
      { stages: stages.map((s) => ({ ...s, names: [] })), stay: {} },
      MOST_ROWS / 2,
    );
    const device = withParameters(board, fitted.parameters);
    placed.forEach((o, i) => {
      if (foldOf[i] !== fold) return;
      before[i] = signedError(o, board, asWas);
      after[i] = signedError(o, device, fitted);
    });
  }
  return groupBy(
    placed.map((o, i) => ({ o, i })),
    ({ o }) => harnessKey(o),
  ).map(([, group]) => {
    const { origin, family, precision } = group[0]!.o;
    return {
      data: origin,
      family,
      precision,
      count: group.length,
      before: errorsOf(group.map(({ i }) => before[i]!)),
      after: errorsOf(group.map(({ i }) => after[i]!)),
    };
  });
}

function signedError(o: Observation, device: Device, fit: BoardFit): number {
  return (predictUs(o, device, false) + addedUs(o, fit)) / o.measuredUs - 1;
}

/** What the measuring program added to this row, microseconds. */
export function addedUs(o: Observation, fit: BoardFit): number {
  const harness = fit.harness[harnessKey(o)];
  if (o.onGpu || harness === undefined) return 0;
  return harness.drift === undefined || o.position === undefined
    ? harness.meanUs
    : driftAt(harness.drift, o.position);
}

function errorsOf(errors: readonly number[]): Errors {
  const absolute = errors.map(Math.abs);
  return { mape: mean(absolute), medianApe: median(absolute), bias: mean(errors) };
}
