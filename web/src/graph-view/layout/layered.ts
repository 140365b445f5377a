/**
 * A layered layout (Sugiyama): rows by longest path, order by barycentres, positions by least squares.
 * Near linear in nodes and edges. Edges run from the bottom of a box to the top of another.
 */
import { orderRows } from "./order.ts";
import { type Pairs, ranksOf } from "./rank.ts";
import { type Rows, rowsOf } from "./rows.ts";
import { separate } from "./separate.ts";

export interface Box {
  readonly width: number;
  readonly height: number;
  /** Where edges come in and go out, from the box's centre; default 0. */
  readonly inX?: number;
  readonly outX?: number;
  /** Kept above or below all others. */
  readonly pin?: "top" | "bottom";
}

export interface Placed {
  readonly width: number;
  readonly height: number;
  /** Left and top of each box. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** For each edge, points as x, y, x, y, … from its source to its target. */
  readonly routes: readonly (readonly number[])[];
}

const GAP_X = 22;
const GAP_DUMMY = 12;
const GAP_Y = 30;
/** Below and above a row that is pinned: there edges only spread out. */
const GAP_PIN = 14;
/** Room for edges beside the rows. */
const SIDE = 18;
const PASSES = 6;

export function layered(boxes: readonly Box[], edges: Pairs): Placed {
  const count = boxes.length;
  const { rank, backward } = ranksOf(count, [...edges, ...belowTop(boxes, edges)]);
  pinBottom(boxes, rank);
  const down = edges.map(([a, b], e) => (backward[e] ? ([b, a] as const) : ([a, b] as const)));
  const rows = rowsOf(count, down, rank);
  orderRows(rows);
  const centre = positions(boxes, rows);
  const { top, bottom, height } = verticals(boxes, rows);
  const aside = rows.chains.some((chain) => chain === undefined);

  let left = Number.POSITIVE_INFINITY;
  let right = Number.NEGATIVE_INFINITY;
  for (let v = 0; v < rows.total; v++) {
    const half = v < count ? boxes[v]!.width / 2 : 0;
    left = Math.min(left, centre[v]! - half);
    right = Math.max(right, centre[v]! + half);
  }
  if (count === 0) left = right = 0;
  const shift = (aside ? SIDE : 0) - left;
  const x = new Float64Array(count);
  const y = new Float64Array(count);
  for (let v = 0; v < count; v++) {
    x[v] = centre[v]! + shift - boxes[v]!.width / 2;
    // In the middle of its row.
    y[v] = top[rank[v]!]! + (bottom[rank[v]!]! - top[rank[v]!]! - boxes[v]!.height) / 2;
  }
  const routes = down.map(([a, b], e) => {
    const from = [centre[a]! + shift + (boxes[a]!.outX ?? 0), y[a]! + boxes[a]!.height];
    const to = [centre[b]! + shift + (boxes[b]!.inX ?? 0), y[b]!];
    const chain = rows.chains[e];
    const between = chain
      ? chain.slice(1, -1).flatMap((v) => {
          const r = rows.row[v]!;
          const at = centre[v]! + shift;
          return [at, top[r]!, at, bottom[r]!];
        })
      : [SIDE / 3, from[1]! + GAP_Y, SIDE / 3, to[1]! - GAP_Y];
    // Within its row an edge starts at its box, and is straight down to the row's end.
    const start = [...from, from[0]!, bottom[rank[a]!]!];
    const end = [to[0]!, top[rank[b]!]!, ...to];
    const points = [...start, ...between, ...end];
    return backward[e] ? reversed(points) : points;
  });
  return { width: right - left + (aside ? SIDE : 0), height, x, y, routes };
}

/** What has no edge from above stands below the box that is pinned to the top. */
function belowTop(boxes: readonly Box[], edges: Pairs): Pairs {
  const top = boxes.findIndex((box) => box.pin === "top");
  if (top < 0) return [];
  const fed = new Set(edges.map(([, to]) => to));
  return boxes.flatMap((_, v) => (v === top || fed.has(v) ? [] : [[top, v] as const]));
}

function pinBottom(boxes: readonly Box[], rank: Int32Array): void {
  let last = 0;
  for (let v = 0; v < rank.length; v++)
    if (boxes[v]!.pin !== "bottom") last = Math.max(last, rank[v]!);
  boxes.forEach((box, v) => {
    if (box.pin === "bottom") rank[v] = last + 1;
  });
}

/** Centres, by sweeps down and up in which each row takes the place that its neighbours want. */
function positions(boxes: readonly Box[], { rows, total, above, below }: Rows): Float64Array {
  const count = boxes.length;
  const centre = new Float64Array(total);
  const half = (v: number) => (v < count ? boxes[v]!.width / 2 : 0);
  const inX = (v: number) => (v < count ? (boxes[v]!.inX ?? 0) : 0);
  const outX = (v: number) => (v < count ? (boxes[v]!.outX ?? 0) : 0);
  const aparts = rows.map((row) =>
    Float64Array.from(row, (v, i) => {
      const w = row[i + 1];
      if (w === undefined) return 0;
      return half(v) + half(w) + (v < count && w < count ? GAP_X : GAP_DUMMY);
    }),
  );
  rows.forEach((row, r) => {
    const apart = aparts[r]!;
    let at = 0;
    row.forEach((v, i) => {
      centre[v] = at;
      at += apart[i]!;
    });
    const middle = centre[row.at(-1)!]! / 2;
    for (const v of row) centre[v]! -= middle;
  });
  for (let pass = 0; pass < PASSES; pass++) {
    const downwards = pass % 2 === 0;
    const both = pass >= PASSES - 2;
    for (let k = 0; k < rows.length; k++) {
      const r = downwards ? k : rows.length - 1 - k;
      const row = rows[r]!;
      const wanted = new Float64Array(row.length);
      const weight = new Float64Array(row.length);
      row.forEach((v, i) => {
        let sum = 0;
        let mass = 0;
        const add = (w: number, at: number) => {
          // Long edges are straight first.
          const pull = v >= count && w >= count ? 8 : v >= count || w >= count ? 2 : 1;
          sum += pull * at;
          mass += pull;
        };
        if (downwards || both) for (const w of above[v]!) add(w, centre[w]! + outX(w) - inX(v));
        if (!downwards || both) for (const w of below[v]!) add(w, centre[w]! + inX(w) - outX(v));
        wanted[i] = mass > 0 ? sum / mass : centre[v]!;
        weight[i] = mass > 0 ? mass : 0.1;
      });
      const placed = separate(wanted, aparts[r]!, weight);
      row.forEach((v, i) => {
        centre[v] = placed[i]!;
      });
    }
  }
  return centre;
}

function verticals(boxes: readonly Box[], { rows }: Rows) {
  const top = new Float64Array(rows.length);
  const bottom = new Float64Array(rows.length);
  const pinned = rows.map((row) => row.some((v) => boxes[v]?.pin !== undefined));
  let at = 0;
  rows.forEach((row, r) => {
    let tallest = 0;
    for (const v of row) if (v < boxes.length) tallest = Math.max(tallest, boxes[v]!.height);
    if (r > 0) at += pinned[r] || pinned[r - 1] ? GAP_PIN : GAP_Y;
    top[r] = at;
    at += tallest;
    bottom[r] = at;
  });
  return { top, bottom, height: at };
}

function reversed(points: readonly number[]): number[] {
  const out: number[] = [];
  for (let i = points.length - 2; i >= 0; i -= 2) out.push(points[i]!, points[i + 1]!);
  return out;
}
