/** What of tables was left out, on stderr: the commonest reasons in full, the rest as a count. */
import type { IgnoredColumn, Skip } from "../study/index.ts";
import { warn } from "./talk.ts";

const SHOWN = 8;

export function sayIgnored(columns: readonly IgnoredColumn[]): void {
  const byFile = new Map<string, string[]>();
  for (const { file, column } of columns)
    byFile.set(file, [...(byFile.get(file) ?? []), `'${column}'`]);
  for (const [file, names] of byFile)
    warn(
      `${file}: ${names.length === 1 ? "column" : `${names.length} columns`} of no meaning here, not read: ${names.slice(0, SHOWN).join(", ")}${names.length > SHOWN ? ", …" : ""}`,
    );
}

export function sayLeftOut(skipped: readonly Skip[]): void {
  for (const { reason, count, file, first } of skipped.slice(0, SHOWN))
    warn(
      `${file}: ${count} left out: ${reason}${first === null ? "" : ` (${count > 1 ? "first " : ""}${first})`}`,
    );
  const rest = skipped.slice(SHOWN);
  if (rest.length === 0) return;
  const rows = rest.reduce((sum, s) => sum + s.count, 0);
  warn(`${rows} more left out, for ${rest.length} other reasons: --format json lists them`);
}
