/** Parts of a report for a terminal: indented tables and wrapped lists. */
import type { TableOptions } from "./table.ts";

export function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}

/** For a table that will be indented. */
export function narrower(options: TableOptions): TableOptions {
  return options.width === undefined ? options : { ...options, width: options.width - 2 };
}

/** One `-` for each line, wrapped at 100 columns or the terminal's. */
export function bullets(lines: readonly string[], width?: number): string {
  return lines.map((line) => `${wrap(line, "  - ", "    ", width)}\n`).join("");
}

function wrap(text: string, first: string, next: string, width = 100): string {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(" ")) {
    const joined = line === first || line === next ? line + word : `${line} ${word}`;
    if (joined.length > Math.max(40, width) && line !== first && line !== next) {
      lines.push(line);
      line = next + word;
    } else line = joined;
  }
  return [...lines, line].join("\n");
}
