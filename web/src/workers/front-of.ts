/** The front of trials, and how hypervolume and best values came about; all objectives minimised. */
import { Front } from "../../../src/search/front.ts";
import { hypervolume } from "../../../src/search/hypervolume.ts";
import { nonDominatedRanksOfColumns } from "../../../src/search/non-dominated-sort.ts";
import { Reference } from "../../../src/study/reference.ts";

/** Up to so many objectives sorting finds all fronts in O(N log^2 N). */
const SORTED = 3;

/**
 * Rows that no other counted row dominates, from best to worst in the first objective, ties by the
 * next ones, then by row. Rows with a NaN do not count.
 *
 * @param columns M minimised objectives of N values
 * @param counted 1 of the rows that take part: complete trials
 */
export function frontOf(columns: readonly Float64Array[], counted: Uint8Array): Uint32Array {
  const rows = rowsOf(columns, counted);
  if (columns.length === 0) return new Uint32Array(0);
  return lexicographic(
    columns,
    columns.length <= SORTED ? sortedFront(columns, rows) : archivedFront(columns, rows),
  );
}

function rowsOf(columns: readonly Float64Array[], counted: Uint8Array): Uint32Array {
  const rows = new Uint32Array(counted.length);
  let n = 0;
  for (let i = 0; i < counted.length; i++)
    if (counted[i] === 1 && columns.every((column) => !Number.isNaN(column[i]!))) rows[n++] = i;
  return rows.slice(0, n);
}

function sortedFront(columns: readonly Float64Array[], rows: Uint32Array): Uint32Array {
  const packed = columns.map((column) => Float64Array.from(rows, (row) => column[row]!));
  const ranks = nonDominatedRanksOfColumns(packed);
  return rows.filter((_, at) => ranks[at] === 0);
}

function archivedFront(columns: readonly Float64Array[], rows: Uint32Array): Uint32Array {
  const front = new Front<number>();
  for (const row of rows)
    front.add(
      columns.map((column) => column[row]!),
      row,
    );
  return Uint32Array.from(front.members(), ({ item }) => item);
}

function lexicographic(columns: readonly Float64Array[], rows: Uint32Array): Uint32Array {
  return rows.sort((a, b) => {
    for (const column of columns) {
      if (column[a]! < column[b]!) return -1;
      if (column[a]! > column[b]!) return 1;
    }
    return a - b;
  });
}

export interface Progress {
  /** Numbers of the trials after which the other columns stand. */
  readonly trials: Uint32Array;
  /** Exact, of the front so far; NaN where it is not finite or not computed. */
  readonly volume: Float64Array;
  /** Best so far by objective, minimised; NaN before the first. */
  readonly best: readonly Float64Array[];
  /** Minimised; null without a trial that counts. */
  readonly reference: readonly number[] | null;
}

export interface ProgressOptions {
  /** Rows that the reference point rests on: the same whichever are counted. */
  readonly complete?: Uint8Array;
  /** The study's own reference point, minimised, where it has one. */
  readonly given?: readonly (number | undefined)[];
  readonly most?: number;
}

/** Fronts of more objectives have no quick hypervolume. */
const MOST_OBJECTIVES = 4;
/** Points of a front whose exact hypervolume in four objectives is still quick, many times over. */
const MOST_POINTS = 200;

/**
 * Hypervolume and best values over the evaluations, at up to `most` trials: at each of them where
 * the study is as short, else evenly spread, and at the last.
 *
 * @param counted rows that have a part in it, e.g. those that pass the filters
 */
export function progressOf(
  columns: readonly Float64Array[],
  counted: Uint8Array,
  { complete = counted, given = [], most = 512 }: ProgressOptions = {},
): Progress {
  const rows = rowsOf(columns, counted);
  const m = columns.length;
  const names = columns.map((_, k) => String(k));
  const own = Object.fromEntries(
    given.flatMap((value, k) => (value === undefined ? [] : [[String(k), value]])),
  );
  const rule = new Reference(
    names.map((name) => ({ name, unit: "", goal: "minimize", stage: 0 })),
    own,
  );
  const all = complete === counted ? rows : rowsOf(columns, complete);
  for (const row of all) rule.add(columns.map((column) => column[row]!));
  const reference = all.length > 0 ? rule.point() : null;
  const points = Math.min(most, rows.length);
  const trials = new Uint32Array(points);
  const volume = new Float64Array(points).fill(Number.NaN);
  const best = columns.map(() => new Float64Array(points));
  const lowest = columns.map(() => Number.POSITIVE_INFINITY);
  const front = new Front<number>();
  let changed = true;
  let last = 0;
  let next = 0;
  for (let at = 0; at < rows.length; at++) {
    const point = columns.map((column) => column[rows[at]!]!);
    point.forEach((x, k) => {
      if (x < lowest[k]!) lowest[k] = x;
    });
    if (front.add(point, rows[at]!)) changed = true;
    if (at + 1 < ((next + 1) * rows.length) / points) continue;
    if (changed && reference !== null) last = volumeOf(front, reference, m);
    changed = false;
    trials[next] = rows[at]!;
    volume[next] = last;
    for (let k = 0; k < m; k++) best[k]![next] = lowest[k]!;
    next++;
  }
  return { trials, volume, best, reference };
}

function volumeOf(front: Front<number>, reference: readonly number[], m: number): number {
  if (m > MOST_OBJECTIVES || (m === MOST_OBJECTIVES && front.size > MOST_POINTS)) return Number.NaN;
  if (!reference.every(Number.isFinite)) return Number.NaN;
  const volume = hypervolume(
    front.members().map(({ point }) => point),
    reference,
  );
  return Number.isFinite(volume) ? volume : Number.NaN;
}
