import type { Column } from "./column.ts";
import { formatCsv } from "./csv.ts";
import { formatJson, rowsToJson } from "./json.ts";
import { formatTable, type TableOptions } from "./table.ts";

export const ROW_FORMATS = ["table", "json", "csv"] as const;
export type RowFormat = (typeof ROW_FORMATS)[number];

/** A listing in the format that the user asked for; ends in a newline. */
export function formatRows<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  format: RowFormat,
  options: TableOptions = {},
): string {
  switch (format) {
    case "table":
      return formatTable(columns, rows, options);
    case "json":
      return formatJson(rowsToJson(columns, rows));
    case "csv":
      return formatCsv(columns, rows);
  }
}
