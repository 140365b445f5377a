/** What a study found: its front and hypervolume, from the stored trials alone. */
import { hypervolume } from "../search/hypervolume.ts";
import { nonDominatedRanks } from "../search/non-dominated-sort.ts";
import type { Design } from "../search/types.ts";
import { designAt, TRIAL_STATES, type TrialBlock, valuesAt } from "./block.ts";
import { Reference } from "./reference.ts";
import type { StudyRecord } from "./store/index.ts";
import type { Objective, TrialState, Values } from "./types.ts";

export interface FrontEntry {
  /** Number of the trial. */
  readonly trial: number;
  readonly design: Design;
  /** All values of the trial (objectives and constraints), in the user's units. */
  readonly values: Values;
}

export interface StudyResult {
  /** Non-dominated complete trials, from the best to the worst in the first objective. */
  readonly front: readonly FrontEntry[];
  /** Exact, of the front, in the product of the objectives' units; null: `gap` says why. */
  readonly hypervolume: number | null;
  /** Why there is no hypervolume. */
  readonly gap: string | undefined;
  /** In the user's units and directions; null without a complete trial. */
  readonly reference: Values | null;
  readonly counts: Readonly<Record<TrialState, number>>;
}

/**
 * Points whose exact hypervolume takes some seconds at most, by the number of objectives; up to
 * three any front is quick.
 */
const LARGEST_FRONT: Readonly<Record<number, number>> = {
  1: Number.POSITIVE_INFINITY,
  2: Number.POSITIVE_INFINITY,
  3: Number.POSITIVE_INFINITY,
  4: 1200,
  5: 800,
  6: 300,
};

/**
 * The exact front and hypervolume.
 *
 * @param reference instead of the study's, in the user's units, by objective
 */
export function resultOf(
  study: Pick<StudyRecord, "objectives" | "spec">,
  block: TrialBlock,
  reference?: Values,
): StudyResult {
  const { objectives } = study;
  const rows = completeRows(block);
  const points = minimisedPoints(block, objectives, rows);
  const given = reference ?? (study.spec as { reference?: Values }).reference;
  const rule = new Reference(objectives, given);
  for (const point of points) rule.add(point);
  const ranks = nonDominatedRanks(points);
  const front = rows
    .map((trial, i) => ({ trial, point: points[i]!, rank: ranks[i]! }))
    .filter((entry) => entry.rank === 0)
    .sort((a, b) => compare(a.point, b.point) || a.trial - b.trial);
  const at = points.length > 0 ? rule.point() : null;
  const most = LARGEST_FRONT[objectives.length] ?? 200;
  const volume =
    at === null || front.length > most
      ? null
      : hypervolume(
          front.map((entry) => entry.point),
          at,
        );
  const finite = volume !== null && Number.isFinite(volume);
  const gap =
    at === null
      ? "no trial is complete"
      : volume === null
        ? `${front.length} points in ${objectives.length} objectives; computed up to ${most}`
        : finite
          ? undefined
          : "it is beyond the largest number, 1.8e308";
  return {
    front: front.map(({ trial }) => ({
      trial,
      design: designAt(block, trial),
      values: valuesAt(block, trial),
    })),
    hypervolume: finite ? volume : null,
    gap,
    reference: at
      ? Object.fromEntries(objectives.map((o, k) => [o.name, userSide(o, at[k]!)]))
      : null,
    counts: countStates(block),
  };
}

export function countStates(block: TrialBlock): Record<TrialState, number> {
  const counts = { complete: 0, infeasible: 0, pruned: 0, failed: 0 };
  for (const code of block.states) counts[TRIAL_STATES[code]!]++;
  return counts;
}

function completeRows(block: TrialBlock): number[] {
  const complete = TRIAL_STATES.indexOf("complete");
  const rows: number[] = [];
  for (let i = 0; i < block.count; i++) if (block.states[i] === complete) rows.push(i);
  return rows;
}

function minimisedPoints(
  block: TrialBlock,
  objectives: readonly Objective[],
  rows: readonly number[],
): number[][] {
  const columns = objectives.map((o) => block.values.find((column) => column.name === o.name));
  return rows.map((row) =>
    objectives.map((o, k) => userSide(o, columns[k]?.data[row] ?? Number.NaN)),
  );
}

/** From the user's direction to the minimised one and back: both change the sign or nothing. */
function userSide(objective: Objective, value: number): number {
  return objective.goal === "maximize" ? -value : value;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return a[k]! - b[k]!;
  return 0;
}
