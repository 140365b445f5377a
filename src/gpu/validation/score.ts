/** Errors of the model by device, operator family and precision. All errors are fractions. */
import { mean, median, spearman } from "../../base/stats.ts";
import { groupBy } from "../calibration/calibrate.ts";
import { blocksOf } from "../calibration/recorded.ts";
import { predictedUs, relativeError, type Sample } from "./sample.ts";
import { type WorstSample, worstOf } from "./worst.ts";

export interface Score {
  readonly count: number;
  /** Mean of |predicted - measured| / measured. */
  readonly mape: number;
  readonly medianApe: number;
  /** Mean of (predicted - measured) / measured. */
  readonly bias: number;
  /** Share of samples with the algorithm that ran, of those that say; null: none says. */
  readonly algorithmRight: number | null;
  /**
   * Share of samples with as many blocks as ran, of those that say and have the right algorithm;
   * null: none.
   */
  readonly gridExact: number | null;
  /** Of predicted and measured times; null where fewer than three differ. */
  readonly spearman: number | null;
}

export interface Group extends Score {
  readonly device: string;
  readonly family: string;
  readonly precision: string;
  /** The data sets. */
  readonly data: readonly string[];
  readonly worst: readonly WorstSample[];
}

export interface Report {
  readonly groups: readonly Group[];
  /** Null where nothing could be compared. */
  readonly overall: Score | null;
  readonly worst: readonly WorstSample[];
}

const WORST = 10;

export function report(samples: readonly Sample[]): Report {
  const groups = groupBy(samples, (s) => `${s.device}\n${s.family}\n${s.precision}`).map(
    ([, members]): Group => {
      const { device, family, precision } = members[0]!;
      return {
        device,
        family,
        precision,
        ...score(members),
        data: [...new Set(members.map((s) => s.data))].sort(),
        worst: worstOf(members, WORST),
      };
    },
  );
  return {
    groups,
    overall: samples.length === 0 ? null : score(samples),
    worst: worstOf(samples, WORST),
  };
}

export function score(samples: readonly Sample[]): Score {
  const errors = samples.map(relativeError);
  const absolute = errors.map(Math.abs);
  const named = samples.filter((s) => s.algorithm !== undefined);
  const right = named.filter((s) => s.algorithm!.predicted === s.algorithm!.measured);
  const gridded = samples.filter(
    (s) =>
      s.grid !== undefined &&
      (s.algorithm === undefined || s.algorithm.predicted === s.algorithm.measured),
  );
  const exact = gridded.filter((s) => blocksOf(s.grid!.predicted) === blocksOf(s.grid!.measured));
  const rank = spearman(
    samples.map(predictedUs),
    samples.map((s) => s.measuredUs),
  );
  return {
    count: samples.length,
    mape: mean(absolute),
    medianApe: median(absolute),
    bias: mean(errors),
    algorithmRight: named.length === 0 ? null : right.length / named.length,
    gridExact: gridded.length === 0 ? null : exact.length / gridded.length,
    spearman: samples.length < 3 || Number.isNaN(rank) ? null : rank,
  };
}
