/**
 * CSV by RFC 4180, except that lines end in LF, as Unix tools expect and every reader accepts.
 * Numbers are written with all their digits, so that a table reads back as it was.
 */
import type { Json } from "../base/json.ts";
import type { Column } from "./column.ts";

/** null and undefined are empty; arrays and objects are JSON text. */
export function csvCell(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  // A leading or trailing space is data; some readers trim it unless quoted.
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvLine(cells: readonly (Json | undefined)[]): string {
  const line = cells.map(csvCell).join(",");
  // One empty cell alone would be an empty line, which readers skip.
  return line === "" ? '""\n' : `${line}\n`;
}

/** The whole table, header included, ending in a newline. */
export function formatCsv<Row>(columns: readonly Column<Row>[], rows: Iterable<Row>): string {
  let text = csvLine(columns.map((c) => c.key));
  for (const row of rows) text += csvLine(columns.map((c) => c.value(row)));
  return text;
}
