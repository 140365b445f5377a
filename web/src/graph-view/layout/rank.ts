/** The row of each node: longest paths from the sources, then sources pulled down to what reads them. */

/** Edges as pairs of indices, [from, to]. */
export type Pairs = readonly (readonly [number, number])[];

export interface Ranks {
  readonly rank: Int32Array;
  /** Edges that run against the order, because the graph has cycles; they are drawn upwards. */
  readonly backward: readonly boolean[];
}

/**
 * Linear in nodes and edges. Cycles (folding a block can make them) are broken where the first node in
 * the order given stands.
 */
export function ranksOf(count: number, edges: Pairs): Ranks {
  const { order, position } = orderOf(count, edges);
  const backward = edges.map(([a, b]) => position[a]! >= position[b]!);
  const down = edges.map(([a, b], e) => (backward[e] ? ([b, a] as const) : ([a, b] as const)));
  const next: number[][] = Array.from({ length: count }, () => []);
  const indegree = new Int32Array(count);
  for (const [a, b] of down)
    if (a !== b) {
      next[a]!.push(b);
      indegree[b]!++;
    }
  const rank = new Int32Array(count);
  for (const v of order)
    for (const w of next[v]!) if (rank[w]! < rank[v]! + 1) rank[w] = rank[v]! + 1;
  for (let i = count - 1; i >= 0; i--) {
    const v = order[i]!;
    const out = next[v]!;
    if (out.length === 0 || indegree[v]! >= out.length) continue;
    let least = Number.POSITIVE_INFINITY;
    for (const w of out) least = Math.min(least, rank[w]!);
    if (least - 1 > rank[v]!) rank[v] = least - 1;
  }
  return { rank, backward };
}

/** A topological order; where a cycle stops it, the first node left goes on. */
function orderOf(count: number, edges: Pairs) {
  const next: number[][] = Array.from({ length: count }, () => []);
  const waiting = new Int32Array(count);
  for (const [a, b] of edges)
    if (a !== b) {
      next[a]!.push(b);
      waiting[b]!++;
    }
  const position = new Int32Array(count).fill(-1);
  const order: number[] = [];
  const ready: number[] = [];
  for (let v = 0; v < count; v++) if (waiting[v] === 0) ready.push(v);
  let head = 0;
  let first = 0;
  while (order.length < count) {
    let v: number;
    if (head < ready.length) v = ready[head++]!;
    else {
      while (position[first] !== -1) first++;
      v = first;
    }
    if (position[v] !== -1) continue;
    position[v] = order.length;
    order.push(v);
    for (const w of next[v]!) if (--waiting[w]! === 0 && position[w] === -1) ready.push(w);
  }
  return { order, position };
}
