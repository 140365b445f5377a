/** Aligned tables for terminals. */
import pc from "picocolors";
import type { Json } from "../base/json.ts";
import type { Column } from "./column.ts";
import { columnFormat } from "./number.ts";
import { cut, pad, printable, textWidth } from "./terminal.ts";

export interface TableOptions {
  /** Columns of the terminal; absent: as wide as the content (a pipe, a file). */
  readonly width?: number;
  /** Bold headers and dim units. Default: what picocolors finds (NO_COLOR, a terminal, CI). */
  readonly color?: boolean;
}

const GAP = "  ";
/** A text column is not cut below this. */
const NARROWEST = 8;

/** Header, rows; ends in a newline. Numbers stand on the right with decimal points aligned. */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  options: TableOptions = {},
): string {
  const colors = pc.createColors(options.color ?? pc.isColorSupported);
  const shown = columns.filter((c) => c.hidden !== true);
  const bodies = shown.map((column) => cellTexts(column, rows));
  const heads = shown.map((c) => {
    const label = printable(c.label ?? c.key);
    return c.unit ? `${label} [${printable(c.unit)}]` : label;
  });
  const widths = bodies.map((body, i) =>
    body.cells.reduce((w, cell) => Math.max(w, textWidth(cell)), textWidth(heads[i]!)),
  );
  if (options.width !== undefined)
    shrink(
      widths,
      bodies.map((body, i) => !body.numeric && shown[i]!.keep !== true),
      options.width,
    );
  const line = (cells: readonly string[], style: (text: string, i: number) => string) =>
    cells
      .map((cell, i) => {
        const text = cut(cell, widths[i]!);
        const fill = pad(text, widths[i]!);
        if (bodies[i]!.numeric) return fill + style(text, i);
        return i === cells.length - 1 ? style(text, i) : style(text, i) + fill;
      })
      .join(GAP)
      .trimEnd();
  const lines = [line(heads, (text) => colors.bold(text))];
  for (let r = 0; r < rows.length; r++)
    lines.push(
      line(
        bodies.map((body) => body.cells[r]!),
        (text) => text,
      ),
    );
  return `${lines.join("\n")}\n`;
}

function cellTexts<Row>(
  column: Column<Row>,
  rows: readonly Row[],
): { readonly cells: readonly string[]; readonly numeric: boolean } {
  const values = rows.map((row) => column.value(row));
  const numbers = values.filter((v) => typeof v === "number");
  const numeric =
    numbers.length > 0 &&
    values.every((v) => typeof v === "number" || v === null || v === undefined);
  if (column.text) return { cells: rows.map((row) => printable(column.text!(row))), numeric };
  const format = columnFormat(numbers, column.digits);
  return { cells: values.map((v) => (typeof v === "number" ? format(v) : plain(v))), numeric };
}

function plain(value: Json | undefined): string {
  if (value === null || value === undefined) return "–";
  return printable(typeof value === "object" ? JSON.stringify(value) : String(value));
}

/** Takes width from the widest column that may be cut until the table fits, or none is left. */
function shrink(widths: number[], may: readonly boolean[], width: number): void {
  const total = () => widths.reduce((s, w) => s + w, 0) + GAP.length * (widths.length - 1);
  for (let excess = total() - width; excess > 0; excess = total() - width) {
    let widest = -1;
    let next = NARROWEST;
    for (let i = 0; i < widths.length; i++) {
      if (!may[i] || widths[i]! <= NARROWEST) continue;
      if (widest < 0 || widths[i]! > widths[widest]!) {
        if (widest >= 0) next = Math.max(next, widths[widest]!);
        widest = i;
      } else next = Math.max(next, widths[i]!);
    }
    if (widest < 0) return;
    const down = Math.max(1, Math.min(excess, widths[widest]! - next));
    widths[widest]! -= down;
  }
}
