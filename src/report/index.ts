export { type Column, columnsOf } from "./column.ts";
export { csvCell, csvLine, formatCsv } from "./csv.ts";
export { formatJson, rowsToJson } from "./json.ts";
export { escapeMarkdown, formatMarkdown } from "./markdown.ts";
export {
  columnFormat,
  formatDuration,
  formatFixed,
  formatNumber,
  formatPercent,
  formatSi,
  formatUs,
} from "./number.ts";
export { formatRows, ROW_FORMATS, type RowFormat } from "./rows.ts";
export { formatTable, type TableOptions } from "./table.ts";
export { cut, printable, textWidth } from "./terminal.ts";
