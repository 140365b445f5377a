export { type Advice, advise } from "./advice.ts";
export { type Column, columnsOf } from "./column.ts";
export { type ComparedSide, compareText, limiterShift, relativeChange } from "./compare-text.ts";
export { csvCell, csvLine, formatCsv } from "./csv.ts";
export { type NetworkContext, REPORT_FORMAT, type ReportData } from "./data.ts";
export { type FrontSvgOptions, frontSvg } from "./front-svg.ts";
export { htmlReport } from "./html.ts";
export { formatJson, rowsToJson } from "./json.ts";
export { escapeMarkdown, formatMarkdown } from "./markdown.ts";
export { adviseMeasured, type MeasuredAdvice, shortName } from "./measured-advice.ts";
export { measuredText } from "./measured-text.ts";
export {
  columnFormat,
  formatDuration,
  formatFixed,
  formatNumber,
  formatPercent,
  formatSi,
  formatUs,
} from "./number.ts";
export { pageScript } from "./page-script.ts";
export { profileText } from "./profile-text.ts";
export { type ReportDataOptions, reportData } from "./report-data.ts";
export { formatRows, ROW_FORMATS, type RowFormat } from "./rows.ts";
export { formatTable, type TableOptions } from "./table.ts";
export { cut, printable, textWidth } from "./terminal.ts";
export { MAX_SM_SLICES, type TraceOptions, traceText } from "./trace.ts";
