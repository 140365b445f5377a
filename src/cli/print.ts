/** What goes to stdout: data in the format asked for. */
import type { Json } from "../base/json.ts";
import { type Column, formatJson, formatRows, type RowFormat } from "../report/index.ts";

export function printRows<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  format: RowFormat,
): void {
  const width = process.stdout.isTTY ? process.stdout.columns : undefined;
  process.stdout.write(formatRows(columns, rows, format, width === undefined ? {} : { width }));
}

export function printJson(value: unknown): void {
  // Results hold plain data only; the cast says so to the compiler.
  process.stdout.write(formatJson(value as Json));
}
