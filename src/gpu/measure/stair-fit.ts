/** Least squares of the staircase and of the ramp: see staircase.ts for the model. */
import { median } from "../../base/stats.ts";

interface Point {
  readonly at: number;
  readonly us: number;
}

export interface Fit {
  readonly period: number;
  readonly base: number;
  /** Growth over one period, steps and ramp together. */
  readonly step: number;
  /** Share of the growth that comes in steps. */
  readonly hardness: number;
  /** Sum of Huber's losses of the relative residuals. */
  readonly loss: number;
  at(n: number): number;
}

/** Residuals beyond this many standard deviations count linearly. */
const HUBER = 2;
/** Standard deviation that no timing beats, so that perfect data have a scale too. */
const FINEST = 1e-4;

/** `rounds` of reweighting; 1 is plain least squares, to sort out candidates. */
export function fitStairs(points: readonly Point[], period: number, rounds = 6): Fit {
  const features = points.map((p) => [1, Math.ceil(p.at / period), Math.max(p.at / period, 1)]);
  const { x, loss } = robust(points, features, rounds);
  const [base, hard, soft] = x as [number, number, number];
  // A falling ramp between the steps is no device: the steps alone then.
  if (soft < 0) {
    const two = robust(
      points,
      features.map((f) => f.slice(0, 2)),
      rounds,
    );
    const [b, s] = two.x as [number, number];
    return make(period, b, s, 0, two.loss);
  }
  return make(period, base, hard, soft, loss);
}

/** The best ramp over all knees, which is what a device without waves shows. */
export function fitRamp(points: readonly Point[]): Fit {
  const last = points.at(-1)!.at;
  let best: Fit | undefined;
  for (let knee = 1; knee < last; knee = knee < 16 ? knee + 0.5 : knee * 1.03) {
    const features = points.map((p) => [1, Math.max(p.at / knee, 1)]);
    const { x, loss } = robust(points, features, 3);
    if (best === undefined || loss < best.loss) best = make(knee, x[0]!, 0, x[1]!, loss);
  }
  return best!;
}

function make(period: number, base: number, hard: number, soft: number, loss: number): Fit {
  const step = hard + soft;
  return {
    period,
    base,
    step,
    hardness: step === 0 ? 0 : hard / step,
    loss,
    at: (n) => base + hard * Math.ceil(n / period) + soft * Math.max(n / period, 1),
  };
}

function robust(points: readonly Point[], features: readonly number[][], rounds: number) {
  const residual = (x: readonly number[]) =>
    points.map((p, i) => features[i]!.reduce((s, f, j) => s + f * x[j]!, 0) / p.us - 1);
  let weights: readonly number[] = points.map(() => 1);
  let x: number[] = [];
  let r: number[] = [];
  for (let round = 0; round < rounds; round++) {
    x = solve(points, features, weights);
    r = residual(x);
    if (round === rounds - 1) break;
    const scale = Math.max(FINEST, 1.4826 * median(r.map(Math.abs)));
    weights = r.map((e) => (Math.abs(e) <= HUBER * scale ? 1 : (HUBER * scale) / Math.abs(e)));
  }
  // The weighted squares at the end: what one wild point can add is bounded.
  const loss = r.reduce((s, e, i) => s + weights[i]! * e * e, 0);
  return { x, loss };
}

/** Weighted least squares of features . x = us, residuals relative to us. */
function solve(
  points: readonly Point[],
  features: readonly number[][],
  weights: readonly number[],
): number[] {
  const n = features[0]!.length;
  const a = Array.from({ length: n }, () => new Float64Array(n + 1));
  points.forEach((p, i) => {
    const w = weights[i]! / (p.us * p.us);
    const f = features[i]!;
    for (let r = 0; r < n; r++) {
      const row = a[r]!;
      for (let c = 0; c < n; c++) row[c] = row[c]! + w * f[r]! * f[c]!;
      row[n] = row[n]! + w * f[r]! * p.us;
    }
  });
  // A ridge far below any signal, for features that coincide (a knee beyond every point).
  for (let r = 0; r < n; r++) a[r]![r] = a[r]![r]! * (1 + 1e-12) + Number.MIN_VALUE;
  for (let r = 0; r < n; r++) {
    let pivot = r;
    for (let k = r + 1; k < n; k++) if (Math.abs(a[k]![r]!) > Math.abs(a[pivot]![r]!)) pivot = k;
    [a[r], a[pivot]] = [a[pivot]!, a[r]!];
    for (let k = r + 1; k < n; k++) {
      const factor = a[k]![r]! / a[r]![r]!;
      for (let c = r; c <= n; c++) a[k]![c] = a[k]![c]! - factor * a[r]![c]!;
    }
  }
  const x = Array.from({ length: n }, () => 0);
  for (let r = n - 1; r >= 0; r--) {
    let s = a[r]![n]!;
    for (let c = r + 1; c < n; c++) s -= a[r]![c]! * x[c]!;
    x[r] = s / a[r]![r]!;
  }
  return x;
}
