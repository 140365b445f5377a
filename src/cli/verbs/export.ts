/** `tidemark export [STUDY]`: every trial, in a form that reads back as a table of measured designs. */
import { Command } from "commander";
import { columnsOf } from "../../report/index.ts";
import { exportCsv, exportJson } from "../../study/index.ts";
import { type Formatted, formatOption, type Stored, storeOption } from "../options.ts";
import { printJson, printRows } from "../print.ts";
import { viewStudy } from "../study-view.ts";

export const exportVerb = () =>
  new Command("export")
    .description("print every trial of a study; `explore --table` reads it back")
    .argument("[study]", "id, name, or unique beginning of a name (default: the latest)")
    .addOption(storeOption())
    .addOption(formatOption().default("csv"))
    .action((reference: string | undefined, { store, format }: Formatted & Stored) => {
      const { trials } = viewStudy(store, reference);
      if (format === "csv") {
        for (const line of exportCsv(trials)) process.stdout.write(line);
        return;
      }
      const rows = exportJson(trials) as Record<string, string | number | boolean>[];
      if (format === "json") printJson(rows);
      else {
        const columns = columnsOf<(typeof rows)[number]>([...new Set(rows.flatMap(Object.keys))]);
        // A number that names a trial is no quantity: no separators.
        const shown = columns.map((c) =>
          c.key === "trial" ? { ...c, text: ({ trial }: (typeof rows)[number]) => `${trial}` } : c,
        );
        printRows(shown, rows, format);
      }
    });
