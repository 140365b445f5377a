/**
 * Robust non-linear least squares: Levenberg-Marquardt with iteratively reweighted residuals, so
 * that the sum of |residual| falls (its square within `delta`), plus Gaussian priors. Deterministic.
 */

export interface Problem {
  /** Fills `out` with the residuals at `x`. */
  readonly residuals: (x: readonly number[], out: Float64Array) => void;
  readonly count: number;
  readonly start: readonly number[];
  /** Prior standard deviation of each unknown round its start. */
  readonly sigma: readonly number[];
  /** How many residuals of size `delta` one standard deviation weighs. */
  readonly priorWeight?: number;
  readonly delta?: number;
  readonly iterations?: number;
}

const STEP = 1e-3;
const LARGEST_MOVE = 1;

export function leastSquares(problem: Problem): { x: number[]; objective: number } {
  const { count, start, sigma } = problem;
  const delta = problem.delta ?? 0.03;
  const prior = (problem.priorWeight ?? 30) * delta;
  const n = start.length;
  const objective = (r: Float64Array, x: readonly number[]): number => {
    let s = 0;
    for (let i = 0; i < count; i++) {
      const a = Math.abs(r[i]!);
      s += a < delta ? (a * a) / (2 * delta) + delta / 2 : a;
    }
    for (let j = 0; j < n; j++) s += (prior / 2) * ((x[j]! - start[j]!) / sigma[j]!) ** 2;
    return s;
  };
  let x = [...start];
  let r = new Float64Array(count);
  problem.residuals(x, r);
  let f = objective(r, x);
  let damping = 1e-2;
  const trial = new Float64Array(count);
  const jacobian = Array.from({ length: n }, () => new Float64Array(count));
  const weight = new Float64Array(count);
  for (let iteration = 0; iteration < (problem.iterations ?? 60); iteration++) {
    for (let j = 0; j < n; j++) {
      const moved = x.with(j, x[j]! + STEP);
      problem.residuals(moved, trial);
      const column = jacobian[j]!;
      for (let i = 0; i < count; i++) column[i] = (trial[i]! - r[i]!) / STEP;
    }
    for (let i = 0; i < count; i++) weight[i] = 1 / Math.max(Math.abs(r[i]!), delta);
    const { normal, gradient } = normalEquations(jacobian, weight, r);
    for (let j = 0; j < n; j++) {
      const p = prior / sigma[j]! ** 2;
      normal[j]![j]! += p;
      gradient[j]! += p * (x[j]! - start[j]!);
    }
    const before = f;
    for (let attempt = 0; attempt < 8; attempt++) {
      const move = solve(
        normal.map((row, i) => row.map((v, j) => (i === j ? v * (1 + damping) + 1e-9 : v))),
        gradient.map((g) => -g),
      );
      const y = x.map((v, j) => v + Math.max(-LARGEST_MOVE, Math.min(LARGEST_MOVE, move[j]!)));
      const next = new Float64Array(count);
      problem.residuals(y, next);
      const fy = objective(next, y);
      if (fy < f) {
        x = y;
        r = next;
        f = fy;
        damping = Math.max(1e-6, damping / 3);
        break;
      }
      damping *= 4;
    }
    if (before - f <= 1e-6 * before) break;
  }
  return { x, objective: f };
}

function normalEquations(
  jacobian: readonly Float64Array[],
  weight: Float64Array,
  r: Float64Array,
): { normal: number[][]; gradient: number[] } {
  const n = jacobian.length;
  const normal = Array.from({ length: n }, () => Array.from({ length: n }, () => 0));
  const gradient = Array.from({ length: n }, () => 0);
  for (let a = 0; a < n; a++) {
    const ja = jacobian[a]!;
    for (let b = a; b < n; b++) {
      const jb = jacobian[b]!;
      let s = 0;
      for (let i = 0; i < r.length; i++) s += weight[i]! * ja[i]! * jb[i]!;
      normal[a]![b] = s;
      normal[b]![a] = s;
    }
    let s = 0;
    for (let i = 0; i < r.length; i++) s += weight[i]! * ja[i]! * r[i]!;
    gradient[a] = s;
  }
  return { normal, gradient };
}

/** Gaussian elimination with partial pivoting; a singular direction stays where it is. */
export function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const n = right.length;
  const m = matrix.map((row, i) => [...row, right[i]!]);
  for (let i = 0; i < n; i++) {
    let pivot = i;
    for (let j = i + 1; j < n; j++) {
      if (Math.abs(m[j]![i]!) > Math.abs(m[pivot]![i]!)) pivot = j;
    }
    [m[i], m[pivot]] = [m[pivot]!, m[i]!];
    if (Math.abs(m[i]![i]!) < 1e-14) continue;
    for (let j = i + 1; j < n; j++) {
      const factor = m[j]![i]! / m[i]![i]!;
      if (factor === 0) continue;
      for (let k = i; k <= n; k++) m[j]![k]! -= factor * m[i]![k]!;
    }
  }
  const x = Array.from({ length: n }, () => 0);
  for (let i = n - 1; i >= 0; i--) {
    if (Math.abs(m[i]![i]!) < 1e-14) continue;
    let s = m[i]![n]!;
    for (let j = i + 1; j < n; j++) s -= m[i]![j]! * x[j]!;
    x[i] = s / m[i]![i]!;
  }
  return x;
}
