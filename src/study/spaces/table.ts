/**
 * Any table of measured designs as a space. Columns that the study names as objectives are
 * measurements; the others are parameters: numbers, true/false, or text.
 *
 * Names of rows (text that differs in every row) belong to the design and are no coordinate of the
 * search, and so do numbers called `id`, `idx`, `index`, `number`, `#` or nothing. In a table that
 * `tidemark export` wrote, the columns `trial`, `state` and `error` are understood, and trials
 * without values left out.
 */
import { z } from "zod";
import { UserError } from "../../base/errors.ts";
import { suggest } from "../../base/suggest.ts";
import { type TableSpace, tableSpace } from "../../search/table-space.ts";
import type { Design } from "../../search/types.ts";
import { type Column, cell, columnOf, type Scalar, TRIAL_STATES } from "../block.ts";
import { type BuildContext, type BuiltSpace, defineSpace, type MeasuredColumn } from "../kinds.ts";
import { type Cell, isCode, numberIn, readTableFile, type TableFile } from "../table-file.ts";
import type { Goal } from "../types.ts";

export const table = defineSpace({
  kind: "table",
  summary: "a CSV or JSON table of measured designs",
  schema: z.strictObject({
    kind: z.literal("table"),
    file: z.string().min(1).describe("CSV (also .gz), or JSON as `tidemark export` writes it"),
    ignore: z.array(z.string()).default([]).describe("columns that are neither"),
  }),
  paths: ["file"],
  async build(spec, context): Promise<BuiltSpace> {
    return buildTable(readTableFile(spec.file), spec.ignore, context);
  },
});

/** Names of columns that number the rows, in lower case. */
export const NUMBERING: ReadonlySet<string> = new Set([
  "id",
  "idx",
  "index",
  "number",
  "no",
  "#",
  "",
  "unnamed: 0",
]);
const EXPORTED = ["trial", "state", "error"];

function buildTable(
  file: TableFile,
  ignore: readonly string[],
  { objectives, constraints }: BuildContext,
): BuiltSpace {
  for (const name of [...ignore, ...objectives, ...constraints]) requireColumn(file, name);
  const clash = objectives.find((name) => ignore.includes(name));
  if (clash !== undefined)
    throw new UserError(`space: column '${clash}' is ignored, and an objective too`, {
      hint: "take it out of one of the two",
      exitCode: 2,
    });
  const notes: string[] = [];
  const exported = isExport(file);
  const kept = exported ? withValues(file, objectives, notes) : file.rows.map((_, i) => i);
  const skip = new Set([...ignore, ...(exported ? EXPORTED : [])]);
  const cells = (name: string) => {
    const at = file.header.indexOf(name);
    return kept.map((row) => file.rows[row]![at]!);
  };
  const measured = new Map<string, Float64Array>();
  for (const name of new Set([...objectives, ...constraints]))
    measured.set(name, measurements(file, name, cells(name), kept));

  const free = file.header.filter((name) => !skip.has(name) && !objectives.includes(name));
  const columns = free
    .map((name) => parameterColumn(name, cells(name)))
    .filter((column) => column !== undefined);
  const { parameters, labels } = sortOut(columns, constraints);
  if (parameters.length + labels.length === 0)
    throw new UserError(`${file.path} has no column besides the objectives`, {
      hint: "a design needs a name or parameters; leave a column that is not an objective",
      exitCode: 2,
    });
  const unique = withoutCopies(file, kept, parameters, labels, measured, notes);
  const space = rowSpace(parameters, labels, unique);
  const numeric = new Map<string, Float64Array>(measured);
  for (const column of parameters)
    if (column.kind === "number" && !numeric.has(column.name))
      numeric.set(column.name, column.data);
  notes.push(
    `space: ${unique.length} measured designs of ${file.path}`,
    `parameters: ${parameters.map((c) => c.name).join(", ") || "none"}` +
      (labels.length > 0 ? `; names: ${labels.map((c) => c.name).join(", ")}` : ""),
  );
  return {
    space,
    columns: new Map(
      [...numeric].map(([name, data]): [string, MeasuredColumn] => {
        const values = pick(data, unique);
        return [
          name,
          {
            unit: unitOf(name),
            goal: goalOf(name),
            read: (design) => values[space.indexOf(design)]!,
          },
        ];
      }),
    ),
    notes,
    inputs: [{ path: file.path, sha256: file.sha256 }],
  };
}

/** A space whose designs carry the names of their rows. */
function rowSpace(
  parameters: readonly Column[],
  labels: readonly Column[],
  rows: readonly number[],
): TableSpace {
  const texts = labels.filter((column) => column.kind === "label");
  // Names are no coordinates, unless nothing else tells the designs apart.
  const spanning =
    parameters.length > 0 && !ambiguous(parameters, rows)
      ? parameters
      : texts.length > 0
        ? [...texts, ...parameters]
        : [...labels, ...parameters];
  const columns = [...labels, ...parameters];
  const designs = rows.map((row): Design => {
    const design: Record<string, Scalar> = {};
    for (const column of columns) {
      const value = cell(column, row);
      if (value !== undefined) design[column.name] = value;
    }
    return design;
  });
  const space = tableSpace(
    designs,
    spanning.map((column) => column.name),
  );
  const names = new Set(labels.map((column) => column.name));
  const coordinates = new Set(spanning.map((column) => column.name));
  return {
    ...space,
    describe: (design) => {
      const text = texts.find((column) => column.name in design);
      return text ? String(design[text.name]) : space.describe(design);
    },
    check: (design) =>
      space.check(
        Object.fromEntries(
          Object.entries(design).filter(([name]) => coordinates.has(name) || !names.has(name)),
        ),
      ),
  };
}

function requireColumn({ path, header }: TableFile, name: string): void {
  if (header.includes(name)) return;
  const near = suggest(name, header);
  throw new UserError(`${path} has no column '${name}'`, {
    hint: `${near ? `did you mean '${near}'? ` : ""}it has ${header.join(", ")}`,
    exitCode: 2,
  });
}

function isExport({ header, rows }: TableFile): boolean {
  const at = header.indexOf("state");
  const states: readonly unknown[] = TRIAL_STATES;
  return at >= 0 && header.includes("trial") && rows.every((row) => states.includes(row[at]));
}

/** Rows of an export that have all objectives. */
function withValues(file: TableFile, objectives: readonly string[], notes: string[]): number[] {
  const state = file.header.indexOf("state");
  const needed = objectives.map((name) => file.header.indexOf(name));
  const kept = file.rows.flatMap((row, i) => {
    const usable = row[state] === "complete" || needed.every((at) => row[at] !== null);
    return usable ? [i] : [];
  });
  const left = file.rows.length - kept.length;
  if (left > 0) notes.push(`${left} trials of ${file.path} without values were left out`);
  if (kept.length === 0)
    throw new UserError(`${file.path} has no trial with a value of ${objectives.join(" and ")}`, {
      hint: "export a study that has complete trials",
      exitCode: 2,
    });
  return kept;
}

function measurements(
  file: TableFile,
  name: string,
  cells: readonly Cell[],
  kept: readonly number[],
): Float64Array {
  return Float64Array.from(cells, (value, i) => {
    const number = numberIn(value);
    if (number !== undefined) return number;
    const row = file.rowNumber(kept[i]!);
    const what = value === null ? "is blank" : `'${String(value)}' is not a finite number`;
    const comma = typeof value === "string" && /^[+-]?\d+,\d+$/.test(value);
    throw new UserError(`${file.path}: row ${row}, column ${name}: ${what}`, {
      hint: comma ? "write decimals with a point" : "correct the value, or leave the row out",
      exitCode: 2,
    });
  });
}

/** Undefined for a column without any value. */
function parameterColumn(name: string, cells: readonly Cell[]): Column | undefined {
  const present = cells.filter((value) => value !== null);
  if (present.length === 0) return undefined;
  const convert = (f: (value: Exclude<Cell, null>) => Scalar) =>
    columnOf(
      name,
      cells.map((value) => (value === null ? undefined : f(value))),
    );
  if (present.every((value) => numberIn(value) !== undefined) && !present.some(isCode))
    return convert((value) => numberIn(value)! + 0);
  if (present.every((value) => /^(true|false)$/i.test(String(value))))
    return convert((value) => String(value).toLowerCase() === "true");
  return convert((value) => (typeof value === "string" ? value : String(value)));
}

/** Which columns span the space, and which only name rows or are bounded by a constraint. */
function sortOut(
  columns: readonly Column[],
  constraints: readonly string[],
): { parameters: Column[]; labels: Column[] } {
  const count = columns[0]?.data.length ?? 0;
  const differs = (column: Column) =>
    count > 1 && new Set<number>(column.data).size === count && complete(column);
  const isName = (column: Column) =>
    differs(column) && (column.kind === "label" || NUMBERING.has(column.name.toLowerCase()));
  const labels = columns.filter(isName);
  const rest = columns.filter((column) => !isName(column));
  // A bounded column is a measurement, unless designs cannot be told apart without it.
  const spanning = rest.filter((column) => !constraints.includes(column.name));
  const all = Array.from({ length: count }, (_, i) => i);
  const parameters = ambiguous(spanning, all) && !ambiguous(rest, all) ? rest : spanning;
  return { parameters, labels };
}

function complete(column: Column): boolean {
  return column.data.every((x) => (column.kind === "label" ? x >= 0 : !Number.isNaN(x)));
}

/** Whether two of the rows are equal in all of the columns. */
function ambiguous(columns: readonly Column[], rows: readonly number[]): boolean {
  const seen = new Set<string>();
  for (const row of rows) seen.add(JSON.stringify(columns.map((c) => cell(c, row) ?? null)));
  return seen.size < rows.length;
}

/**
 * Rows without repetitions. Names of text tell designs apart; numbers of rows do not.
 *
 * @throws UserError where one design has two different values
 */
function withoutCopies(
  file: TableFile,
  kept: readonly number[],
  parameters: readonly Column[],
  labels: readonly Column[],
  measured: ReadonlyMap<string, Float64Array>,
  notes: string[],
): number[] {
  const texts = labels.filter((column) => column.kind === "label");
  const identity = parameters.length + texts.length > 0 ? [...texts, ...parameters] : labels;
  const first = new Map<string, number>();
  const unique: number[] = [];
  for (let i = 0; i < kept.length; i++) {
    const key = JSON.stringify(identity.map((column) => cell(column, i) ?? null));
    const before = first.get(key);
    if (before === undefined) {
      first.set(key, i);
      unique.push(i);
      continue;
    }
    for (const [name, data] of measured) {
      if (data[i] === data[before]) continue;
      const [a, b] = [before, i].map((row) => file.rowNumber(kept[row]!));
      throw new UserError(
        `${file.path}: rows ${a} and ${b} are the same design, but column ${name} has ${data[before]} and ${data[i]}`,
        { hint: "keep one of them, or add the column in which they differ", exitCode: 2 },
      );
    }
  }
  const copies = kept.length - unique.length;
  if (copies > 0) notes.push(`${copies} repeated rows of ${file.path} were left out`);
  return unique;
}

function pick(data: Float64Array, rows: readonly number[]): Float64Array {
  return Float64Array.from(rows, (row) => data[row]!);
}

/** By the ending of the column's name. */
function unitOf(name: string): string {
  return /_(ms|us|mj|mb|gb)$/i.exec(name)?.[1]?.replace("mj", "mJ") ?? "";
}

/** Only where a name leaves no doubt. */
function goalOf(name: string): Goal | undefined {
  if (/accuracy|(^|_)acc($|_|\d)|top_?[15]/i.test(name)) return "maximize";
  if (/latency|energy|(^|_)(ms|us|mj|params|macs|flops|error|err)($|_|\d)/i.test(name))
    return "minimize";
  return undefined;
}
