/** How outcomes compare: feasible before infeasible, complete before pruned, failed last. */
import type { Rng } from "../base/rng.ts";
import { columnsOf } from "./columns.ts";
import { crowdingOf } from "./crowding.ts";
import { dominates } from "./dominance.ts";
import { frontsOf, sortedFronts } from "./non-dominated-sort.ts";
import type { Outcome } from "./types.ts";

/** What an algorithm remembers of an outcome. */
export interface Standing {
  /** 0 feasible and complete, 1 feasible but pruned, 2 infeasible, 3 failed. */
  readonly tier: 0 | 1 | 2 | 3;
  /** Of infeasible ones; smaller is better. */
  readonly violation: number;
  /** Of tier 0; empty otherwise. */
  readonly objectives: readonly number[];
}

/** A NaN among the objectives, or as violation, counts as failed. */
export function standingOf(outcome: Outcome): Standing {
  const failed: Standing = { tier: 3, violation: 0, objectives: [] };
  if (outcome.kind === "failed" || Number.isNaN(outcome.violation)) return failed;
  const { violation } = outcome;
  if (violation > 0) return { tier: 2, violation, objectives: [] };
  if (outcome.kind === "pruned") return { tier: 1, violation: 0, objectives: [] };
  const { objectives } = outcome;
  for (const objective of objectives) if (Number.isNaN(objective)) return failed;
  return { tier: 0, violation: 0, objectives };
}

export interface Ranking {
  /** 0 is best. Complete feasible ones by non-dominated sorting, the others after all of them. */
  readonly ranks: Int32Array;
  /** Within the front of a complete feasible one; 0 of the others. */
  readonly crowding: Float64Array;
}

/** @param enough ranks beyond those of the best so many have no use for a crowding distance: 0 */
export function rank(standings: readonly Standing[], enough = Number.POSITIVE_INFINITY): Ranking {
  const ranks = new Int32Array(standings.length);
  const crowding = new Float64Array(standings.length);
  const complete: number[] = [];
  const rest: number[] = [];
  const points: (readonly number[])[] = [];
  for (let i = 0; i < standings.length; i++) {
    const { tier, objectives } = standings[i]!;
    (tier === 0 ? complete : rest).push(i);
    if (tier === 0) points.push(objectives);
  }
  const columns = columnsOf(points);
  const fronts = sortedFronts(columns);
  let ranked = 0;
  fronts.forEach((front, r) => {
    const distances = ranked < enough ? crowdingOf(columns, front) : undefined;
    for (let at = 0; at < front.length; at++) {
      const i = complete[front[at]!]!;
      ranks[i] = r;
      if (distances !== undefined) crowding[i] = distances[at]!;
    }
    ranked += front.length;
  });

  rest.sort((a, b) => compareTiers(standings[a]!, standings[b]!) || a - b);
  let r = fronts.length;
  rest.forEach((i, at) => {
    if (at > 0 && compareTiers(standings[rest[at - 1]!]!, standings[i]!) !== 0) r++;
    ranks[i] = r;
  });
  return { ranks, crowding };
}

/** Indices of the `n` best by rank, then crowding, then age; best first. */
export function best({ ranks, crowding }: Ranking, n: number): number[] {
  const chosen: number[] = [];
  for (const front of frontsOf(ranks)) {
    if (chosen.length >= n) break;
    front.sort((a, b) => descending(crowding[a]!, crowding[b]!) || a - b);
    for (const i of front) if (chosen.length < n) chosen.push(i);
  }
  return chosen;
}

/** The same `n` in ascending order of their index, which takes no sorting of whole fronts. */
export function fittest({ ranks, crowding }: Ranking, n: number): number[] {
  const sizes: number[] = [];
  for (const rank of ranks) sizes[rank] = (sizes[rank] ?? 0) + 1;
  let split = 0;
  let room = n;
  while (split < sizes.length && sizes[split]! <= room) room -= sizes[split++]!;
  // of the front that fits in part: whatever is less crowded than this, and the older of its equals
  const distances = new Float64Array(sizes[split] ?? 0);
  for (let i = 0, at = 0; i < ranks.length; i++) {
    if (ranks[i] === split) distances[at++] = crowding[i]!;
  }
  distances.sort();
  let next = distances.length - room;
  const least = distances[next] ?? Number.POSITIVE_INFINITY;
  while (distances[next] === least) next++;
  let equals = room - (distances.length - next);
  const chosen: number[] = [];
  for (let i = 0; i < ranks.length; i++) {
    if (ranks[i]! > split) continue;
    if (ranks[i]! < split || crowding[i]! > least) chosen.push(i);
    else if (crowding[i] === least && equals-- > 0) chosen.push(i);
  }
  return chosen;
}

/**
 * The better of two by tier and violation, then dominance, then crowding, then chance: the binary
 * tournament of NSGA-II. Negative: `a`; positive: `b`.
 */
export function tournament(
  a: Standing,
  b: Standing,
  crowdingA: number,
  crowdingB: number,
  rng: Rng,
): number {
  const tiers = compareTiers(a, b);
  if (tiers !== 0) return tiers;
  if (a.tier === 0) {
    if (dominates(a.objectives, b.objectives)) return -1;
    if (dominates(b.objectives, a.objectives)) return 1;
  }
  return descending(crowdingA, crowdingB) || rng.float() - 0.5;
}

function compareTiers(a: Standing, b: Standing): number {
  return a.tier - b.tier || ascending(a.violation, b.violation);
}

// differences of infinities are NaN, so compare
function ascending(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function descending(a: number, b: number): number {
  return ascending(b, a);
}
