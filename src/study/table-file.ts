/** Reading a table of measured designs: CSV (also gzipped) or JSON, as `tidemark export` writes it. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import Papa from "papaparse";
import { UserError } from "../base/errors.ts";

export type Cell = string | number | boolean | null;

export interface TableFile {
  readonly path: string;
  /** Of the file's bytes: what a study that is resumed compares. */
  readonly sha256: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** The number of row `i` as a spreadsheet shows it: the header is row 1. */
  readonly rowNumber: (i: number) => number;
}

/** A gzipped table may not unpack to more than this. */
const MAX_BYTES = 2 ** 30;

/** @throws UserError naming file, row and column */
export function readTableFile(path: string): TableFile {
  const { text, sha256 } = readText(path);
  const name = path.replace(/\.gz$/i, "");
  const json = /\.json$/i.test(name) || /^\s*[[{]/.test(text);
  const table = { ...(json ? fromJson(text, path) : fromCsv(text, path)), sha256 };
  checkHeader(table);
  if (table.rows.length === 0)
    throw new UserError(`${path} has no rows`, {
      hint: "it needs a header and at least one row of measured values",
      exitCode: 2,
    });
  return table;
}

function readText(path: string): { text: string; sha256: string } {
  try {
    const bytes = readFileSync(path);
    const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const plain = packed ? gunzipSync(bytes, { maxOutputLength: MAX_BYTES }) : bytes;
    const text = decoded(plain, path);
    return { text, sha256: createHash("sha256").update(bytes).digest("hex") };
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const gone = code === "ENOENT";
    throw new UserError(
      gone ? `table ${path} does not exist` : `table ${path} cannot be read: ${message}`,
      {
        hint: gone ? "check the path; a study needs its table to go on" : "check the path",
        exitCode: 2,
        cause: error,
      },
    );
  }
}

/** Spreadsheets on Windows save "Unicode text" as UTF-16 with a byte order mark. */
function decoded(bytes: Uint8Array, path: string): string {
  const [a, b] = bytes;
  const marked = (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff);
  if (!marked && bytes.subarray(0, SNIFFED).includes(0)) {
    const zip = a === 0x50 && b === 0x4b;
    throw new UserError(
      `${path} is ${zip ? "a ZIP archive or a spreadsheet" : "no text: it holds zero bytes"}`,
      { hint: "export it as CSV in UTF-8", exitCode: 2 },
    );
  }
  const encoding = !marked ? "utf-8" : a === 0xff ? "utf-16le" : "utf-16be";
  // Takes the mark away.
  return new TextDecoder(encoding).decode(bytes);
}

/** Bytes in which a file that is no text shows it. */
const SNIFFED = 4096;

type Parsed = Omit<TableFile, "sha256">;

function fromCsv(whole: string, path: string): Parsed {
  // Blank lines, and the line in which Excel names its separator.
  const above = /^(?:[^\S\r\n]*(?:\r\n|\r|\n))*(?:sep=(.)(?:\r\n|\r|\n))?/.exec(whole)!;
  const text = whole.slice(above[0].length);
  const skipped = above[0].split(/\r\n|\r|\n/).length - 1;
  const { data, errors } = Papa.parse<string[]>(text, {
    delimiter: above[1] ?? delimiterOf(text),
  });
  const [problem] = errors;
  if (problem)
    throw new UserError(
      `${path}: ${problem.row === undefined ? "" : `row ${problem.row + 1 + skipped}: `}${problem.message}`,
      {
        hint: "put fields that hold quotes or line breaks in quotes, and double the quotes",
        exitCode: 2,
      },
    );
  const [header = [], ...records] = data;
  const blank = (row: readonly string[]) => row.length === 1 && row[0]!.trim() === "";
  const kept = records.flatMap((row, i) => (blank(row) ? [] : [{ row, number: i + 2 + skipped }]));
  for (const { row, number } of kept)
    if (row.length !== header.length)
      throw new UserError(
        `${path}: row ${number} has ${row.length} fields, the header ${header.length}`,
        { hint: "give every row one field for each column", exitCode: 2 },
      );
  return {
    path,
    header: header.map((name) => name.trim()),
    rows: kept.map(({ row }) => row.map((cell) => (cell.trim() === "" ? null : cell.trim()))),
    rowNumber: (i) => kept[i]!.number,
  };
}

/** By the header alone: cells may be full of separators, as the cells of NAS-Bench-201 are. */
function delimiterOf(text: string): string {
  const header = /^(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(text)![0].replaceAll(/"(?:[^"]|"")*"/g, "");
  const count = (separator: string) => header.split(separator).length;
  return [",", ";", "\t"].reduce((a, b) => (count(b) > count(a) ? b : a));
}

/** A list of flat objects, as `tidemark export --format json` writes it. */
function fromJson(text: string, path: string): Parsed {
  const wrong = (what: string, cause?: unknown) =>
    new UserError(`${path}: ${what}`, {
      hint: "give a list of flat objects, or what `tidemark export --format json` writes",
      exitCode: 2,
      cause,
    });
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw wrong(`no valid JSON: ${(error as Error).message}`, error);
  }
  if (!Array.isArray(list)) throw wrong("no list of designs");
  const records = list.map((entry: unknown, i) => {
    if (!isRecord(entry)) throw wrong(`entry ${i} is no object`);
    return entry;
  });
  const header = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const rows = records.map((record, i) =>
    header.map((name): Cell => {
      const cell = record[name] ?? null;
      if (cell === null || ["string", "number", "boolean"].includes(typeof cell))
        return cell as Cell;
      throw wrong(`entry ${i}: ${name} is no number, string or boolean`);
    }),
  );
  return { path, header, rows, rowNumber: (i) => i + 2 };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkHeader({ path, header }: Parsed): void {
  header.forEach((name, i) => {
    if (name === "__proto__")
      throw new UserError(`${path}: column ${i + 1} is called '__proto__'`, {
        hint: "rename it: records of JavaScript cannot hold that name",
        exitCode: 2,
      });
    const first = header.indexOf(name);
    if (first < i)
      throw new UserError(`${path}: columns ${first + 1} and ${i + 1} are both called '${name}'`, {
        hint: "rename one of them",
        exitCode: 2,
      });
  });
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The finite number that a cell holds; undefined where it holds none. */
export function numberIn(cell: Cell): number | undefined {
  if (typeof cell === "number") return Number.isFinite(cell) ? cell : undefined;
  if (typeof cell !== "string" || !NUMBER.test(cell)) return undefined;
  const number = Number(cell);
  return Number.isFinite(number) ? number : undefined;
}

/**
 * Whether a cell's digits are more than a number: of a code with zeros that lead (007), or of an
 * integer that a double cannot hold (99999999999999999999). As a number it would be rewritten.
 */
export function isCode(cell: Cell): boolean {
  if (typeof cell !== "string") return false;
  if (/^[+-]?0\d/.test(cell)) return true;
  return /^[+-]?\d+$/.test(cell) && String(Number(cell)) !== cell.replace(/^\+|^-(?=0+$)/, "");
}
