/** What a study found, from its trials alone. Objectives in the user's units and directions. */

import { Front } from "../../../../src/search/front.ts";
import { hypervolume } from "../../../../src/search/hypervolume.ts";
import type { ObjectiveInfo } from "../../../../src/server/api/types.ts";
import { TRIAL_STATES, type TrialBlock } from "../../../../src/study/block.ts";
import { Reference } from "../../../../src/study/reference.ts";

export interface Best {
  readonly objective: ObjectiveInfo;
  readonly value: number;
  readonly trial: number;
}

export interface Results {
  /** By objective; an objective without a value is left out. */
  readonly best: readonly Best[];
  /** Trials by state, in the order of `TRIAL_STATES`. */
  readonly counts: readonly number[];
  /** Minimised points that none dominates. */
  readonly front: readonly (readonly number[])[];
}

/** Points whose exact volume is a matter of milliseconds, by the number of objectives. */
const LARGEST_FRONT: Readonly<Record<number, number>> = { 1: 1e9, 2: 1e9, 3: 5000, 4: 150 };

export function resultsOf(objectives: readonly ObjectiveInfo[], block: TrialBlock): Results {
  const complete = TRIAL_STATES.indexOf("complete");
  const counts = TRIAL_STATES.map(() => 0);
  const best = new Map<ObjectiveInfo, Best>();
  const columns = objectives.map((o) => block.values.find(({ name }) => name === o.name)?.data);
  const front = new Front<number>();
  for (let i = 0; i < block.count; i++) {
    counts[block.states[i]!]!++;
    if (block.states[i] !== complete) continue;
    const point = objectives.map((objective, k) => {
      const value = columns[k]?.[i] ?? Number.NaN;
      const signed = minimised(objective, value);
      const before = best.get(objective);
      if (!Number.isNaN(value) && (!before || signed < minimised(objective, before.value)))
        best.set(objective, { objective, value, trial: i });
      return signed;
    });
    if (point.every((x) => !Number.isNaN(x))) front.add(point, i);
  }
  return {
    best: objectives.flatMap((o) => best.get(o) ?? []),
    counts,
    front: front.members().map(({ point }) => point),
  };
}

const minimised = ({ goal }: ObjectiveInfo, value: number) =>
  goal === "maximize" ? -value : value;

export interface CommonVolume {
  /** Of each study's front. */
  readonly volumes: readonly number[];
  /** In the user's units and directions. */
  readonly reference: readonly number[];
}

/**
 * Hypervolumes over one reference point: a tenth of the range beyond the worst value on any of the
 * fronts. A gap says why there are none.
 */
export function commonVolume(
  objectives: readonly ObjectiveInfo[],
  fronts: readonly Results["front"][],
): CommonVolume | { readonly gap: string } {
  const most = LARGEST_FRONT[objectives.length] ?? 0;
  if (fronts.some((front) => front.length === 0)) return { gap: "no complete trials" };
  const largest = Math.max(...fronts.map((front) => front.length));
  if (largest > most)
    return { gap: `${largest} points in ${objectives.length} objectives take too long` };
  const rule = new Reference(objectives);
  for (const front of fronts) for (const point of front) rule.add(point);
  const at = rule.point();
  const volumes = fronts.map((front) => hypervolume(front, at));
  if (!volumes.every(Number.isFinite)) return { gap: "beyond the largest number" };
  return { volumes, reference: at.map((x, k) => minimised(objectives[k]!, x)) };
}

/** Whether values of both can be compared: the same names, units and directions. */
export function sameObjectives(a: readonly ObjectiveInfo[], b: readonly ObjectiveInfo[]): boolean {
  const key = (list: readonly ObjectiveInfo[]) =>
    list
      .map(({ name, unit, goal }) => JSON.stringify([name, unit, goal]))
      .sort()
      .join();
  return key(a) === key(b);
}
