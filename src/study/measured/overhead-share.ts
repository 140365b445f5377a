/**
 * How much of a table's times is the measuring program's overhead. A fit explains times that do not
 * grow with the work by overhead alone, however impossible they are, and then fits noise; so rows
 * that the overhead dominates tell no parameter of the GPU.
 */
import { mean, median, spearman } from "../../base/stats.ts";
import { groupBy } from "../../gpu/calibration/calibrate.ts";
import { harnessKey, predictUs } from "../../gpu/calibration/fit.ts";
import { addedUs, type BoardFit } from "../../gpu/calibration/fit-board.ts";
import type { Observation } from "../../gpu/calibration/observation.ts";
import type { Device } from "../../gpu/device.ts";

/** Least share of a row's time that is the GPU's, for the row to tell of the GPU. */
const LEAST_SHARE = 1 / 3;
/**
 * Overhead above this share of the median time, beside a rank correlation with the prediction below
 * that. Public tables of 11 boards: shares up to 0.31, correlations from 0.96.
 */
const MOST_OVERHEAD = 0.5;
const LEAST_CORRELATION = 0.5;
/** Fewer rows show no correlation. */
const FEWEST_ROWS = 5;

export interface OverheadShare {
  /** `origin family precision`. */
  readonly key: string;
  readonly rows: number;
  /** Distinct shapes that tell of the GPU. */
  readonly telling: number;
  /** Mean over the rows, microseconds. */
  readonly addedUs: number;
  /** Median over the rows, microseconds. */
  readonly measuredUs: number;
  /** Spearman's, of times and predictions of the board as it was; NaN where all times are the same. */
  readonly correlation: number;
}

/** Whether enough of the row's time is the GPU's. */
export function tellsOfGpu(observation: Observation, fit: BoardFit): boolean {
  const { measuredUs } = observation;
  return measuredUs - addedUs(observation, fit) >= LEAST_SHARE * measuredUs;
}

export function overheadShares(
  rows: readonly Observation[],
  fit: BoardFit,
  board: Device,
): OverheadShare[] {
  return groupBy(rows, harnessKey).map(([key, group]) => {
    const times = group.map((o) => o.measuredUs);
    return {
      key,
      rows: group.length,
      telling: new Set(group.filter((o) => tellsOfGpu(o, fit)).map((o) => o.shape)).size,
      addedUs: mean(group.map((o) => addedUs(o, fit))),
      measuredUs: median(times),
      correlation: spearman(
        times,
        group.map((o) => predictUs(o, board, false)),
      ),
    };
  });
}

/** What is wrong with a family's times; undefined where they grow with the work, or few say so. */
export function notOfTheWork(share: OverheadShare): string | undefined {
  const { key, rows, correlation } = share;
  // Not `correlation < …`: NaN, of times that are all the same, is no correlation either.
  if (
    rows < FEWEST_ROWS ||
    share.addedUs <= MOST_OVERHEAD * share.measuredUs ||
    correlation >= LEAST_CORRELATION
  )
    return undefined;
  const how = Number.isNaN(correlation)
    ? "all are the same"
    : `rank correlation with the prediction ${correlation.toFixed(2)}`;
  return `${key}: times do not grow with the work (${how}); ${describeShare(share)}`;
}

export function describeShare({ addedUs, measuredUs }: OverheadShare): string {
  return `${addedUs.toPrecision(4)} us of a median of ${measuredUs.toPrecision(4)} us are overhead of the measuring program`;
}
