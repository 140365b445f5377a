/** Measured tables of every kind that is known, told apart by their headers, as observations. */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { UserError } from "../../base/errors.ts";
import { datasetKind, type Row, readRow } from "../../gpu/calibration/datasets.ts";
import type { NetworkObservation } from "../../gpu/calibration/network-observation.ts";
import { networkKind, readNetworkRow } from "../../gpu/calibration/network-rows.ts";
import type { Observation } from "../../gpu/calibration/observation.ts";
import { unknownColumns } from "../../gpu/calibration/own-columns.ts";
import { isMeasureTable, isOwnTable, readOwnRow } from "../../gpu/calibration/own-rows.ts";
import type { Device } from "../../gpu/device.ts";
import type { TableFile } from "../table-file.ts";
import type { Boards } from "./boards.ts";
import { KINDS_HELP, unsupportedKind } from "./kinds.ts";
import { Skips } from "./skips.ts";
import { readTable } from "./table.ts";

export type Measured = (
  | { readonly kind: "kernel"; readonly observation: Observation }
  | { readonly kind: "network"; readonly observation: NetworkObservation }
) & {
  readonly device: Device;
  /** The file's name and its row, e.g. `linear.csv:17`. */
  readonly source: string;
};

/** A column that is not read, of a table in our own format. */
export interface IgnoredColumn {
  readonly file: string;
  readonly column: string;
}

export interface MeasuredTables {
  readonly measured: readonly Measured[];
  readonly skips: Skips;
  readonly ignoredColumns: readonly IgnoredColumn[];
  readonly rows: number;
}

type Read = Observation | NetworkObservation | string;
type Reader = (row: Row) => readonly Read[];

/**
 * Rows that cannot be used are counted by reason in `skips`.
 *
 * @throws UserError for a file that cannot be read, an unknown header, a column that is nearly one of
 * ours, or a table without a board that is known
 */
export function readMeasured(paths: readonly string[], boards: Boards): MeasuredTables {
  const skips = new Skips();
  const measured: Measured[] = [];
  const ignoredColumns: IgnoredColumn[] = [];
  let rows = 0;
  for (const path of paths) {
    const table = readTable(path);
    const file = basename(path);
    rows += table.rows.length;
    const unsupported = unsupportedKind(table.header);
    if (unsupported !== undefined) {
      skips.add(file, unsupported, null, table.rows.length);
      continue;
    }
    const records = recordsOf(table);
    if (isOwnTable(table.header) && !isMeasureTable(table.header))
      for (const column of foreignColumns(path, table.header, records))
        ignoredColumns.push({ file, column });
    const read = readerOf(table, records);
    const found: { read: Observation | NetworkObservation; row: number }[] = [];
    records.forEach((record, i) => {
      const row = table.rowNumber(i);
      for (const item of read(record)) {
        if (typeof item === "string") skips.add(file, item, `row ${row}`);
        else found.push({ read: item, row });
      }
    });
    if (found.length === 0) continue;
    const names = new Set(found.map((f) => f.read.device));
    const choose = boards.chooser(names, path);
    for (const { read: observation, row } of found) {
      const device = choose(observation.device);
      const source = `${file}:${row}`;
      if (typeof device === "string") skips.add(file, device, `row ${row}`);
      else if (device.macsPerClock[observation.precision] === undefined)
        skips.add(file, `${device.id} has no ${observation.precision} arithmetic`, `row ${row}`);
      else if ("work" in observation)
        measured.push({ kind: "kernel", observation, device, source });
      else measured.push({ kind: "network", observation, device, source });
    }
  }
  return { measured, skips, ignoredColumns, rows };
}

/** @throws UserError for a column that is nearly one that the format has */
function foreignColumns(
  path: string,
  header: readonly string[],
  records: readonly Row[],
): readonly string[] {
  const operators = new Set(records.map((row) => (row.op ?? "").trim()));
  const unknown = unknownColumns(header, operators);
  const slips = unknown.filter((c) => c.meant !== undefined);
  if (slips.length > 0)
    throw new UserError(
      `${path}: ${slips.map((c) => `column '${c.column}' is not known, did you mean '${c.meant}'?`).join(" ")}`,
      { hint: "rename it, or leave it out: its values would be defaults", exitCode: 2 },
    );
  return unknown.map((c) => c.column);
}

function recordsOf({ header, rows }: TableFile): Row[] {
  return rows.map((cells) => {
    const record: Record<string, string> = {};
    for (let i = 0; i < header.length; i++) {
      const cell = cells[i] ?? null;
      record[header[i]!] = cell === null ? "" : String(cell);
    }
    return record;
  });
}

/** Of a header in a message, characters. */
const LONGEST_HEADER = 500;

function readerOf(table: TableFile, records: readonly Row[]): Reader {
  const { header, path } = table;
  if (isOwnTable(header)) return (row) => [readOwnRow(row, header)];
  const networks = networkKind(header);
  if (networks !== undefined) return (row) => readNetworkRow(row, networks, header);
  const kind = datasetKind(header, basename(path), records);
  if (kind === undefined)
    throw new UserError(
      `${path}: no known kind of table has the columns ${header.join(", ").slice(0, LONGEST_HEADER)}`,
      {
        hint: KINDS_HELP,
        exitCode: 2,
      },
    );
  const names = kind.startsWith("neusight") ? kernelNames(path) : {};
  return (row) => [readRow(row, kind, names)];
}

const NAMES_FILE = "neusight_kernel_names.json";

/** Ids to names, where the file that holds them lies beside the table. */
function kernelNames(path: string): Readonly<Record<string, string>> {
  const file = join(dirname(path), NAMES_FILE);
  if (!existsSync(file)) return {};
  try {
    const { id_to_kernel: names } = JSON.parse(readFileSync(file, "utf8")) as {
      id_to_kernel?: Record<string, string>;
    };
    if (names !== undefined) return names;
  } catch (cause) {
    throw new UserError(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  throw new UserError(`${file} has no id_to_kernel`, { hint: "move it away from the table" });
}
