/** Which designs go on from the cheap stage to the expensive one. */
import { fittest, rank, standingOf } from "./standing.ts";

export interface CheapResult {
  /** The cheap objectives, all minimised. */
  readonly objectives: readonly number[];
  /** Of the cheap constraints; 0 where all hold. */
  readonly violation: number;
}

/**
 * Indices, ascending, of the results worth the expensive stage: the feasible ones, and of these the
 * fraction that is best by non-dominated rank, then crowding, then order. At least one where any is
 * feasible. A NaN objective or violation never survives.
 *
 * @param fraction of the feasible results, in (0, 1]; rounded up
 */
export function selectSurvivors(results: readonly CheapResult[], fraction: number): number[] {
  const standings = results.map((r) => standingOf({ kind: "complete", ...r }));
  const feasible = standings.filter((s) => s.tier === 0).length;
  // 0.07 * 100 is 7.000000000000001: that is 7, not 8
  const kept = Math.min(feasible, Math.ceil(fraction * feasible - 1e-9));
  return fittest(rank(standings), kept);
}
