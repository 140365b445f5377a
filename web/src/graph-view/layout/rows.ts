/** Nodes in rows, with a dummy in each row that an edge passes. */
import type { Pairs } from "./rank.ts";

/** An edge that passes more rows runs beside the rows: dummies would cost more than they show. */
export const LONGEST = 24;

export interface Rows {
  /** Nodes of each row, from the left; those from `count` on are dummies. */
  readonly rows: number[][];
  /** Nodes and dummies. */
  readonly total: number;
  readonly row: Int32Array;
  /** Chain of nodes and dummies of each edge, downwards; undefined: it runs beside the rows. */
  readonly chains: readonly (readonly number[] | undefined)[];
  /** Neighbours in the row above and the row below. */
  readonly above: readonly (readonly number[])[];
  readonly below: readonly (readonly number[])[];
}

/** @param edges downwards: the row of the first is less than that of the second */
export function rowsOf(count: number, edges: Pairs, rank: Int32Array): Rows {
  const row: number[] = Array.from(rank);
  const above: number[][] = Array.from({ length: count }, () => []);
  const below: number[][] = Array.from({ length: count }, () => []);
  const join = (a: number, b: number) => {
    below[a]!.push(b);
    above[b]!.push(a);
  };
  const chains = edges.map(([from, to]) => {
    const span = rank[to]! - rank[from]!;
    if (span < 1 || span > LONGEST) return undefined;
    const chain = [from];
    for (let r = rank[from]! + 1; r < rank[to]!; r++) {
      const dummy = row.length;
      row.push(r);
      above.push([]);
      below.push([]);
      join(chain.at(-1)!, dummy);
      chain.push(dummy);
    }
    join(chain.at(-1)!, to);
    chain.push(to);
    return chain;
  });
  let last = 0;
  for (const r of row) last = Math.max(last, r);
  const rows: number[][] = Array.from({ length: count === 0 ? 0 : last + 1 }, () => []);
  row.forEach((r, v) => {
    rows[r]!.push(v);
  });
  return { rows, total: row.length, row: Int32Array.from(row), chains, above, below };
}
