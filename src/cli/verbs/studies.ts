/** `tidemark studies`: what the store holds. */
import { existsSync } from "node:fs";
import { Command } from "commander";
import type { Column } from "../../report/index.ts";
import { openReader, type StudySummary, storePath } from "../../study/index.ts";
import { type Formatted, formatOption, type Stored, storeOption } from "../options.ts";
import { printRows } from "../print.ts";
import { say } from "../talk.ts";

const COLUMNS: readonly Column<StudySummary>[] = [
  { key: "id", value: (s) => s.id },
  { key: "name", value: (s) => s.name, keep: true },
  { key: "state", value: (s) => s.state },
  { key: "trials", value: (s) => s.trials, digits: 12 },
  { key: "space", value: (s) => (s.spec as { space: { kind: string } }).space.kind },
  { key: "createdAt", label: "created", value: (s) => s.createdAt },
];

export const studies = () =>
  new Command("studies")
    .description("list the studies in the store")
    .addOption(storeOption())
    .addOption(formatOption())
    .action(({ store, format }: Formatted & Stored) => {
      const path = storePath(store);
      // Nothing stored yet is an empty list, unless the user named a file that is not there.
      if (store === undefined && !existsSync(path)) {
        printRows(COLUMNS, [], format);
        say(`no studies yet: ${path} does not exist; run \`tidemark explore\``);
        return;
      }
      const reader = openReader(path);
      try {
        printRows(COLUMNS, reader.studies(), format);
      } finally {
        reader.close();
      }
    });
