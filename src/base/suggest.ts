/** "Did you mean …?" for names that a person typed. */

/**
 * What `typed` was meant to be, ignoring case: the shortest candidate that it begins, else the
 * nearest by edit distance (insert, delete, replace, swap neighbours) if that is a plausible slip,
 * else one that contains it; undefined where there is none.
 */
export function suggest(typed: string, candidates: Iterable<string>): string | undefined {
  const wanted = typed.toLowerCase();
  const known = [...candidates].map((candidate) => ({ candidate, lower: candidate.toLowerCase() }));
  const long = wanted.length >= 3;
  const begun = long ? known.filter(({ lower }) => lower.startsWith(wanted)) : [];
  begun.sort((a, b) => a.lower.length - b.lower.length);
  return (
    begun[0]?.candidate ??
    nearest(wanted, known) ??
    (long ? known.find(({ lower }) => lower.includes(wanted))?.candidate : undefined)
  );
}

function nearest(
  wanted: string,
  known: readonly { readonly candidate: string; readonly lower: string }[],
): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const { candidate, lower } of known) {
    const distance = editDistance(wanted, lower, least);
    if (distance >= least) continue;
    least = distance;
    best = candidate;
  }
  return best;
}

/** Optimal string alignment distance; any value >= `limit` where it is at least `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let d = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        d = Math.min(d, before[j - 2]! + 1);
      row.push(d);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length]!;
}
