/** The order within each row: barycentre sweeps, of which the one with the fewest crossings is kept. */
import type { Rows } from "./rows.ts";

const SWEEPS = 6;

/** Sorts `rows.rows` in place. */
export function orderRows({ rows, total, above, below }: Rows): void {
  if (rows.every((row) => row.length < 2)) return;
  const place = new Float64Array(total);
  const settle = () => {
    for (const row of rows)
      row.forEach((v, i) => {
        place[v] = i;
      });
  };
  settle();
  let best = rows.map((row) => row.slice());
  let least = crossings(rows, below, place);
  for (let sweep = 0; sweep < SWEEPS && least > 0; sweep++) {
    const down = sweep % 2 === 0;
    const neighbours = down ? above : below;
    for (let k = 1; k < rows.length; k++) {
      const row = rows[down ? k : rows.length - 1 - k]!;
      if (row.length < 2) continue;
      const wanted = new Map(row.map((v) => [v, barycentre(neighbours[v]!, place, place[v]!)]));
      row.sort((a, b) => wanted.get(a)! - wanted.get(b)! || place[a]! - place[b]!);
      row.forEach((v, i) => {
        place[v] = i;
      });
    }
    const now = crossings(rows, below, place);
    if (now < least) {
      least = now;
      best = rows.map((row) => row.slice());
    }
  }
  for (let r = 0; r < rows.length; r++) rows[r] = best[r]!;
}

function barycentre(neighbours: readonly number[], place: Float64Array, own: number): number {
  if (neighbours.length === 0) return own;
  let sum = 0;
  for (const w of neighbours) sum += place[w]!;
  return sum / neighbours.length;
}

/** Pairs of edges between neighbouring rows that cross, counted with a Fenwick tree. */
export function crossings(
  rows: readonly (readonly number[])[],
  below: readonly (readonly number[])[],
  place: Float64Array,
): number {
  let count = 0;
  for (let r = 0; r + 1 < rows.length; r++) {
    const width = rows[r + 1]!.length;
    if (rows[r]!.length < 2 || width < 2) continue;
    const tree = new Int32Array(width + 1);
    let seen = 0;
    for (const v of rows[r]!) {
      const ends = below[v]!.map((w) => place[w]!).sort((a, b) => a - b);
      for (const end of ends) {
        let before = 0;
        for (let i = end + 1; i > 0; i -= i & -i) before += tree[i]!;
        count += seen - before;
      }
      for (const end of ends) for (let i = end + 1; i <= width; i += i & -i) tree[i]!++;
      seen += ends.length;
    }
  }
  return count;
}
