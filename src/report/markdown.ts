import type { Column } from "./column.ts";
import { columnFormat } from "./number.ts";
import { printable } from "./terminal.ts";

/** Text that Markdown shows as it is: no markup, no HTML, no broken table row. */
export function escapeMarkdown(text: string): string {
  return printable(text)
    .replace(/[\\`*_[\]|~]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

/** A GitHub-flavoured table; ends in a newline. */
export function formatMarkdown<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const shown = columns.filter((c) => c.hidden !== true);
  const numeric: boolean[] = [];
  const bodies = shown.map((column, i) => {
    const values = rows.map((row) => column.value(row));
    const numbers = values.filter((v) => typeof v === "number");
    numeric[i] = numbers.length > 0;
    const format = columnFormat(numbers, column.digits);
    return values.map((value, r) => {
      if (column.text) return escapeMarkdown(column.text(rows[r]!));
      if (typeof value === "number") return format(value);
      if (value === null || value === undefined) return "–";
      return escapeMarkdown(typeof value === "object" ? JSON.stringify(value) : String(value));
    });
  });
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const heads = shown.map((c) =>
    escapeMarkdown((c.label ?? c.key) + (c.unit ? ` (${c.unit})` : "")),
  );
  return `${[
    line(heads),
    line(numeric.map((n) => (n ? "--:" : ":--"))),
    ...rows.map((_, r) => line(bodies.map((body) => body[r]!))),
  ].join("\n")}\n`;
}
