/** Rows of tables that were left out, on stderr: the commonest reasons in full, the rest as a count. */
import type { Skip } from "../study/index.ts";
import { warn } from "./talk.ts";

const SHOWN = 8;

export function sayLeftOut(skipped: readonly Skip[]): void {
  for (const { reason, count, file } of skipped.slice(0, SHOWN))
    warn(`${file}: ${count} left out: ${reason}`);
  const rest = skipped.slice(SHOWN);
  if (rest.length === 0) return;
  const rows = rest.reduce((sum, s) => sum + s.count, 0);
  warn(`${rows} more left out, for ${rest.length} other reasons: --format json lists them`);
}
