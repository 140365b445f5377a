/**
 * Fits the learned corrections of a board (`kernels/correction.ts`) to what its physical model leaves
 * of measured shapes: ridge regression on a piecewise linear basis, robust by iterated weights. The
 * strength of the ridge, and whether a correction is worth keeping at all, are told by
 * cross-validation over shapes.
 */
import { mean, median } from "../../base/stats.ts";
import type { Device } from "../device.ts";
import {
  BASIS_SIZE,
  basis,
  type Correction,
  correctionFactor,
  correctionKind,
  FEATURES,
  featuresOf,
} from "../kernels/correction.ts";
import { planKernels, type TimedKernel } from "../kernels/index.ts";
import { type Observation, shapeHash } from "./observation.ts";

export interface Rest {
  readonly observation: Observation;
  /** What the measuring program adds, microseconds. */
  readonly addedUs: number;
}

const FOLDS = 5;
const FEWEST = 35;
/** Weights of the squares of weights; the least squares' own weight is some thousand. */
const RIDGES = [2, 12, 60];
const TOTAL_WEIGHT = 1000;
const ROUNDS = 4;
/** ln time; smaller rests count as this. */
const NOISE = 0.03;
/** A correction gains at least this share of the error, over sqrt(rows): less is within the noise. */
const LEAST_GAIN = 2;
const LEAST_SHARE_GAINED = 0.05;
const LEAST_POINTS = 0.003;

interface Point {
  readonly features: readonly number[];
  readonly modelUs: number;
  readonly addedUs: number;
  readonly measuredUs: number;
  readonly fold: number;
}

/** One for each kind of work that gains by it. @param board without corrections */
export function fitCorrections(board: Device, rests: readonly Rest[]): Correction[] {
  const points = rests.flatMap(({ observation: o, addedUs }) => {
    const kernels = planKernels(o.work, board, o.precision);
    const kind = correctionKind(o.work, kernels, o.precision);
    if (kind === undefined) return [];
    const modelUs = total(kernels);
    const features = featuresOf(o.work, kernels, board);
    const fold = shapeHash(`inner ${o.shape}`) % FOLDS;
    return [{ kind, features, modelUs, addedUs, measuredUs: o.measuredUs, fold }];
  });
  return [...new Set(points.map((p) => p.kind))].sort().flatMap((kind) => {
    const group = points.filter((p) => p.kind === kind);
    if (group.length < FEWEST) return [];
    const before = errorsOf(group, () => 1);
    let best = { ridge: 0, errors: before };
    for (const ridge of RIDGES) {
      const errors = crossValidated(group, ridge);
      if (mean(errors) < mean(best.errors)) best = { ridge, errors };
    }
    const gain = mean(before) - mean(best.errors);
    const share = Math.max(LEAST_SHARE_GAINED, LEAST_GAIN / Math.sqrt(group.length));
    if (gain < Math.max(LEAST_POINTS, share * mean(before))) return [];
    // A gain in the mean alone is one of a few outliers.
    if (median(best.errors) > median(before)) return [];
    const fitted = fitOne(group, best.ridge);
    return [
      {
        kind,
        rows: group.length,
        crossValidated: [round(mean(before)), round(mean(best.errors))] as const,
        center: fitted.center.map(round),
        scale: fitted.scale.map(round),
        weights: fitted.weights.map(round),
      },
    ];
  });
}

function total(kernels: readonly TimedKernel[]): number {
  return kernels.reduce((us, kernel) => us + kernel.timeUs, 0);
}

function round(x: number): number {
  return Number(x.toPrecision(4));
}

function errorsOf(points: readonly Point[], factor: (point: Point) => number): number[] {
  return points.map((p) => Math.abs((p.modelUs * factor(p) + p.addedUs) / p.measuredUs - 1));
}

function crossValidated(points: readonly Point[], ridge: number): number[] {
  const errors: number[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const left = points.filter((p) => p.fold === fold);
    const rest = points.filter((p) => p.fold !== fold);
    if (left.length === 0 || rest.length === 0) continue;
    const fitted = fitOne(rest, ridge);
    errors.push(...errorsOf(left, (p) => correctionFactor(fitted, p.features)));
  }
  return errors;
}

/** Least share of a model's time that is left of a measured one when what was added is taken off. */
const LEAST_SHARE = 0.3;

function fitOne(points: readonly Point[], ridge: number): Correction {
  const center = FEATURES.map((_, i) => mean(points.map((p) => p.features[i]!)));
  const scale = FEATURES.map((_, i) => {
    const variance = mean(points.map((p) => (p.features[i]! - center[i]!) ** 2));
    return Math.sqrt(variance) + 1e-6;
  });
  const rows = points.map((p) => basis(p.features, center, scale));
  const targets = points.map((p) =>
    Math.log(Math.max(p.measuredUs - p.addedUs, LEAST_SHARE * p.modelUs) / p.modelUs),
  );
  // A rest of a time that is mostly the measuring program's says little of the model.
  const shares = points.map((p) => (p.modelUs / (p.modelUs + p.addedUs)) ** 2);
  const unit =
    TOTAL_WEIGHT /
    Math.max(
      100,
      shares.reduce((a, b) => a + b, 0),
    );
  let weights = new Float64Array(BASIS_SIZE + 1);
  let robust = points.map(() => 1);
  for (let i = 0; i < ROUNDS; i++) {
    weights = ridgeRegression(
      rows,
      targets,
      shares.map((share, at) => unit * share * robust[at]!),
      ridge,
    );
    const now = weights;
    robust = rows.map((row, at) => {
      const rest = Math.abs(targets[at]! - dot(row, now));
      return NOISE / Math.max(NOISE, rest);
    });
  }
  return {
    kind: "",
    rows: points.length,
    crossValidated: [0, 0],
    center,
    scale,
    weights: [...weights],
  };
}

function dot(row: Float64Array, weights: Float64Array): number {
  let sum = weights[row.length]!;
  for (let i = 0; i < row.length; i++) sum += row[i]! * weights[i]!;
  return sum;
}

/** Minimises sum w (target - row . x - c)^2 + ridge |x|^2; the constant c is the last weight. */
function ridgeRegression(
  rows: readonly Float64Array[],
  targets: readonly number[],
  rowWeights: readonly number[],
  ridge: number,
): Float64Array<ArrayBuffer> {
  const size = BASIS_SIZE + 1;
  const normal = new Float64Array(size * size);
  const right = new Float64Array(size);
  const row = new Float64Array(size);
  for (let at = 0; at < rows.length; at++) {
    row.set(rows[at]!);
    row[BASIS_SIZE] = 1;
    const w = rowWeights[at]!;
    for (let i = 0; i < size; i++) {
      const scaled = w * row[i]!;
      right[i]! += scaled * targets[at]!;
      for (let j = 0; j <= i; j++) normal[i * size + j]! += scaled * row[j]!;
    }
  }
  for (let i = 0; i < BASIS_SIZE; i++) normal[i * size + i]! += ridge;
  normal[size * size - 1]! += 1e-6;
  return cholesky(normal, right, size);
}

/** Solves A x = b of a positive definite A, of which the lower half is given and overwritten. */
function cholesky(a: Float64Array, b: Float64Array, size: number): Float64Array<ArrayBuffer> {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= a[i * size + k]! * a[j * size + k]!;
      a[i * size + j] = i === j ? Math.sqrt(sum) : sum / a[j * size + j]!;
    }
  }
  const x = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= a[i * size + k]! * x[k]!;
    x[i] = sum / a[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = x[i]!;
    for (let k = i + 1; k < size; k++) sum -= a[k * size + i]! * x[k]!;
    x[i] = sum / a[i * size + i]!;
  }
  return x;
}
