/** The samples that the model misses by most, each with what went wrong as far as the table says. */
import { blocksOf } from "../calibration/recorded.ts";
import { type Pair, predictedUs, relativeError, type Sample } from "./sample.ts";

export interface WorstSample {
  readonly device: string;
  readonly family: string;
  readonly precision: string;
  readonly data: string;
  readonly source: string;
  readonly what: string;
  readonly predictedUs: number;
  readonly measuredUs: number;
  /** Signed relative error. */
  readonly error: number;
  /** The part of the prediction that is the measuring program's. */
  readonly addedUs: number;
  readonly algorithm: Pair<string> | null;
  readonly grid: Pair<string> | null;
  readonly limiter: string | null;
  readonly reason: string;
}

/** By |error|, the largest first; ties in the order of `samples`. */
export function worstOf(samples: readonly Sample[], count: number): WorstSample[] {
  return samples
    .map((sample) => ({ sample, error: relativeError(sample) }))
    .sort((a, b) => Math.abs(b.error) - Math.abs(a.error))
    .slice(0, count)
    .map(({ sample: s, error }) => ({
      device: s.device,
      family: s.family,
      precision: s.precision,
      data: s.data,
      source: s.source,
      what: s.what,
      predictedUs: predictedUs(s),
      measuredUs: s.measuredUs,
      error,
      addedUs: s.addedUs,
      algorithm: s.algorithm ?? null,
      grid: s.grid ?? null,
      limiter: s.limiter ?? null,
      reason: reasonFor(s),
    }));
}

export function reasonFor(s: Sample): string {
  const { algorithm, grid } = s;
  if (algorithm !== undefined && algorithm.predicted !== algorithm.measured) {
    return `algorithm ${algorithm.predicted} predicted, ${algorithm.measured} ran`;
  }
  if (grid !== undefined && blocksOf(grid.predicted) !== blocksOf(grid.measured)) {
    return `grid ${grid.predicted} predicted, ${grid.measured} ran`;
  }
  if (s.network) {
    return s.limiter === "launch"
      ? "bound by the host, whose speed is one figure for the machine"
      : "the sum of its kernels' times";
  }
  const share = s.addedUs / predictedUs(s);
  if (share > 0.5) {
    return `${Math.round(100 * share)} % of the prediction is the measuring program's own time`;
  }
  const same = grid === undefined ? "nothing recorded of the kernel" : "the kernel that ran";
  return `${same}; its time, limited by ${s.limiter ?? "nothing known"}`;
}
