/** Assignments that keep the linear limits and could be better than the best known, all of them. */
import { type Assignment, entries, entryOf, type Factor, type Sum } from "./factors.ts";
import { excess, type Problem } from "./relaxation.ts";

/** Assignments that are kept. */
const MOST_KEPT = 200_000;
const TOLERANCE = 1e-9;

export interface Candidate {
  readonly assignment: Assignment;
  /** The objective; of a latency, the improvement that it has at most, microseconds. */
  readonly worth: number;
}

/**
 * @param allowed options of each choice
 * @param floor worth that is no news
 * @param mostVisits places in the tree of choices that are looked at
 * @returns best first; `complete`: these are all
 */
export function enumerate(
  { tables, rows, objective, scale }: Problem,
  allowed: readonly (readonly number[])[],
  floor: number,
  mostVisits: number,
): { readonly candidates: readonly Candidate[]; readonly complete: boolean } {
  const { factors } = tables;
  // A factor is known once the last of its choices is.
  const settled = allowed.map((_, depth) =>
    [...factors.keys()].filter((f) => factors[f]!.choices.at(-1) === depth),
  );
  const sums = objective === undefined ? [] : [objective];
  sums.push(...rows.map((r) => r.sum));
  const first = sums.length - rows.length;
  /** The least of the limits that are upper ones, the most of everything else, from a depth on. */
  const hopes = sums.map((sum, s) => {
    const upper = s >= first && rows[s - first]!.sign > 0;
    const hope = [0];
    for (const group of [...settled].reverse())
      hope.unshift(
        hope[0]! + group.reduce((n, f) => n + extreme(factors[f]!, sum, f, allowed, upper), 0),
      );
    return hope;
  });
  const partial = [sums.map((s) => s.rest), ...allowed.map(() => sums.map(() => 0))];
  const assignment = allowed.map(() => 0);
  const kept: Candidate[] = [];
  const worthOf = (reached: (s: number) => number): number => {
    if (objective !== undefined) return reached(0);
    let least = Number.POSITIVE_INFINITY;
    rows.forEach((row, i) => {
      if (row.improves) least = Math.min(least, -excess(row, reached(first + i)) * scale);
    });
    return least;
  };
  let visits = 0;
  const visit = (depth: number): boolean => {
    if (++visits > mostVisits) return false;
    const known = partial[depth]!;
    const reached = (s: number) => known[s]! + hopes[s]![depth]!;
    if (rows.some((row, i) => excess(row, reached(first + i)) > TOLERANCE)) return true;
    const worth = worthOf(reached);
    if (worth <= floor) return true;
    if (depth === allowed.length) {
      kept.push({ assignment: [...assignment], worth });
      return kept.length <= MOST_KEPT;
    }
    const next = partial[depth + 1]!;
    for (const option of allowed[depth]!) {
      assignment[depth] = option;
      for (let s = 0; s < sums.length; s++) next[s] = known[s]!;
      for (const f of settled[depth]!) {
        const at = entryOf(factors[f]!, assignment);
        for (let s = 0; s < sums.length; s++) next[s]! += sums[s]!.values[f]?.[at] ?? 0;
      }
      if (!visit(depth + 1)) return false;
    }
    return true;
  };
  const complete = visit(0);
  return { candidates: kept.sort((a, b) => b.worth - a.worth), complete };
}

/** The least or the largest value of a factor's table at the options that are allowed. */
function extreme(
  { choices, sizes }: Factor,
  { values }: Sum,
  factor: number,
  allowed: readonly (readonly number[])[],
  least: boolean,
): number {
  const own = values[factor];
  if (own === undefined) return 0;
  const open = choices.map((c, i) => {
    const mask = new Uint8Array(sizes[i]!);
    for (const option of allowed[c]!) mask[option] = 1;
    return mask;
  });
  let found = least ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  for (let at = 0; at < entries(sizes); at++) {
    let rest = at;
    let inside = true;
    for (let i = sizes.length - 1; i >= 0 && inside; i--) {
      inside = open[i]![rest % sizes[i]!] === 1;
      rest = Math.floor(rest / sizes[i]!);
    }
    if (inside) found = least ? Math.min(found, own[at]!) : Math.max(found, own[at]!);
  }
  return found;
}
