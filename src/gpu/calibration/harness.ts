/**
 * What a measuring program adds to each call: host time between its two events, no GPU time.
 *
 * It may grow while the program runs. NeuSight's convolutions were measured one shape after another
 * in one PyTorch process with `cudnn.benchmark` on, and what lies between the events and the kernels'
 * own time rises from 30-50 us at the first rows to 300 (A100, V100), 430 (T4) and 750 us (P4) at the
 * last, on every board in the same order of shapes. So a row's place in its table is a covariate.
 */
import { spearman } from "../../base/stats.ts";

/** startUs + growthUs position^power, `position` from 0 (first row) to 1 (last). */
export interface HarnessDrift {
  readonly startUs: number;
  readonly growthUs: number;
  readonly power: number;
}

export function driftAt(drift: HarnessDrift, position: number): number {
  return drift.startUs + drift.growthUs * position ** drift.power;
}

/** Mean over a run. */
export function meanOf(drift: HarnessDrift): number {
  return drift.startUs + drift.growthUs / (drift.power + 1);
}

/** Place of row `index` of `count` in its table, 0 to 1. */
export function positionOf(index: number, count: number): number {
  return (index + 0.5) / count;
}

export interface HarnessFit {
  /** Mean over the run. */
  readonly harnessUs: number;
  readonly harnessDrift?: HarnessDrift | undefined;
}

/** Relative rests of rows in the order of measuring correlate with it at 0.3 to 0.6, shuffled ones at 0. */
const ORDERED = 0.15;
const FEWEST_ORDERED = 30;

export interface MeasuredRow {
  readonly measuredUs: number;
  /** GPU time of the model. */
  readonly modelUs: number;
}

/**
 * Overhead of each row of one table and board, in the table's order. Where the order does not show
 * in the times (a shuffled table, or a few rows) each row gets the mean.
 */
export function harnessByRow(fit: HarnessFit, rows: readonly MeasuredRow[]): number[] {
  const { harnessUs, harnessDrift } = fit;
  const positions = rows.map((_, i) => positionOf(i, rows.length));
  if (harnessDrift === undefined || !followsOrder(positions, rows))
    return rows.map(() => harnessUs);
  return positions.map((p) => driftAt(harnessDrift, p));
}

/** Whether the rest of the times shows the order of the rows. */
export function followsOrder(positions: readonly number[], rows: readonly MeasuredRow[]): boolean {
  if (rows.length < FEWEST_ORDERED) return false;
  const rests = rows.map((r) => 1 - r.modelUs / r.measuredUs);
  return spearman(positions, rests) > ORDERED;
}
