/** Measured tables of every kind that is known, told apart by their headers, as observations. */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { UserError } from "../../base/errors.ts";
import { datasetKind, type Row, readRow } from "../../gpu/calibration/datasets.ts";
import type { NetworkObservation } from "../../gpu/calibration/network-observation.ts";
import { networkKind, readNetworkRow } from "../../gpu/calibration/network-rows.ts";
import type { Observation } from "../../gpu/calibration/observation.ts";
import { isOwnTable, readOwnRow } from "../../gpu/calibration/own-rows.ts";
import type { Device } from "../../gpu/device.ts";
import { readTableFile, type TableFile } from "../table-file.ts";
import type { Boards } from "./boards.ts";
import { KINDS_HELP, unsupportedKind } from "./kinds.ts";
import { Skips } from "./skips.ts";

export type Measured = (
  | { readonly kind: "kernel"; readonly observation: Observation }
  | { readonly kind: "network"; readonly observation: NetworkObservation }
) & {
  readonly device: Device;
  /** The file's name and its row, e.g. `linear.csv:17`. */
  readonly source: string;
};

export interface MeasuredTables {
  readonly measured: readonly Measured[];
  readonly skips: Skips;
  readonly rows: number;
}

type Read = Observation | NetworkObservation | string;
type Reader = (row: Row) => readonly Read[];

/**
 * Rows that cannot be used are counted by reason in `skips`.
 *
 * @throws UserError for a file that cannot be read, an unknown header, or a table without a board
 */
export function readMeasured(paths: readonly string[], boards: Boards): MeasuredTables {
  const skips = new Skips();
  const measured: Measured[] = [];
  let rows = 0;
  for (const path of paths) {
    const table = readTableFile(path);
    const file = basename(path);
    rows += table.rows.length;
    const unsupported = unsupportedKind(table.header);
    if (unsupported !== undefined) {
      skips.add(file, unsupported, table.rows.length);
      continue;
    }
    const records = recordsOf(table);
    const read = readerOf(table, records);
    const found: { read: Observation | NetworkObservation; source: string }[] = [];
    records.forEach((record, i) => {
      for (const item of read(record)) {
        if (typeof item === "string") skips.add(file, item);
        else found.push({ read: item, source: `${file}:${table.rowNumber(i)}` });
      }
    });
    if (found.length === 0) continue;
    const names = new Set(found.map((f) => f.read.device));
    const choose = boards.chooser(names.has("") ? undefined : names, path);
    for (const { read: observation, source } of found) {
      const device = choose(observation.device);
      if (typeof device === "string") skips.add(file, device);
      else if (device.macsPerClock[observation.precision] === undefined)
        skips.add(file, `${device.id} has no ${observation.precision} arithmetic`);
      else if ("work" in observation)
        measured.push({ kind: "kernel", observation, device, source });
      else measured.push({ kind: "network", observation, device, source });
    }
  }
  return { measured, skips, rows };
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

function readerOf(table: TableFile, records: readonly Row[]): Reader {
  const { header, path } = table;
  if (isOwnTable(header)) return (row) => [readOwnRow(row, header)];
  const networks = networkKind(header);
  if (networks !== undefined) return (row) => readNetworkRow(row, networks, header);
  const kind = datasetKind(header, basename(path), records);
  if (kind === undefined)
    throw new UserError(`${path}: no known kind of table has the columns ${header.join(", ")}`, {
      hint: KINDS_HELP,
      exitCode: 2,
    });
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
