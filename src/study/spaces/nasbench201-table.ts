/**
 * The measurements of NAS-Bench-201 that ship with the project: 15,625 rows, 42 columns. Only the
 * columns asked for are decoded; a row is found by its six operators without a map.
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { invariant } from "../../base/errors.ts";

const FILE = new URL("../../../data/nasbench201.csv.gz", import.meta.url);

export const ROWS = 5 ** 6;
const COMMA = 44;
const NEWLINE = 10;
const ZERO = 48;

export interface NasBench201Table {
  /** All column names, in the file's order. */
  readonly names: readonly string[];
  /**
   * A column by `cellIndex`: Float64Array of 15,625.
   *
   * `name` must be one of `names`.
   */
  column(name: string): Float64Array;
}

/** Base-5 number of the six operator digits, edge 0->1 the most significant. */
export function cellIndex(digits: readonly number[]): number {
  return digits.reduce((index, digit) => index * 5 + digit, 0);
}

/**
 * Reads the file and decodes those of `wanted` that are columns, in one pass; others are decoded
 * when they are asked for.
 */
export function loadNasBench201(wanted: readonly string[]): NasBench201Table {
  const packed = readFileSync(FILE);
  const text = gunzipSync(packed);
  const end = text.indexOf(NEWLINE);
  const names = text.toString("latin1", 0, end).trimEnd().split(",");
  const columns = decode(text, end + 1, names, wanted);
  return {
    names,
    column(name) {
      let column = columns.get(name);
      if (!column) {
        // The text is not kept: 3.8 MB for what is asked once or never.
        column = decode(gunzipSync(packed), end + 1, names, [name]).get(name);
        invariant(column, `NAS-Bench-201 has no column ${name}`);
        columns.set(name, column);
      }
      return column;
    },
  };
}

function decode(
  text: Buffer,
  start: number,
  names: readonly string[],
  wanted: readonly string[],
): Map<string, Float64Array> {
  const ops = names.indexOf("ops");
  const targets: (Float64Array | undefined)[] = names.map(() => undefined);
  const columns = new Map<string, Float64Array>();
  for (const name of new Set(wanted)) {
    const at = names.indexOf(name);
    if (at < 0) continue;
    columns.set(name, new Float64Array(ROWS));
    targets[at] = columns.get(name);
  }
  let at = start;
  let row = 0;
  for (; at < text.length; row++) {
    let index = 0;
    for (let field = 0; field < names.length; field++) {
      const from = at;
      while (at < text.length && text[at] !== COMMA && text[at] !== NEWLINE) at++;
      if (field === ops) for (let i = from; i < from + 6; i++) index = index * 5 + text[i]! - ZERO;
      // `ops` comes before every measured column.
      const target = targets[field];
      if (target) target[index] = Number(text.toString("latin1", from, at));
      at++;
    }
  }
  invariant(row === ROWS, `the NAS-Bench-201 table has ${row} rows, expected ${ROWS}`);
  return columns;
}
