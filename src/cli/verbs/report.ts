/** `tidemark report [STUDY]`: the study as one HTML file. */
import { resolve } from "node:path";
import { Command } from "commander";
import type { Column } from "../../report/index.ts";
import { type Formatted, formatOption, type Stored, storeOption } from "../options.ts";
import { printRows } from "../print.ts";
import { fileNameOf, writeReport } from "../report-file.ts";
import { viewStudy } from "../study-view.ts";

interface Written {
  readonly study: string;
  readonly report: string;
}

const COLUMNS: readonly Column<Written>[] = [
  { key: "study", value: (w) => w.study, keep: true },
  { key: "report", value: (w) => w.report, keep: true },
];

export const report = () =>
  new Command("report")
    .description("write a study as one self-contained HTML file, and say where it is")
    .argument("[study]", "id, name, or unique beginning of a name (default: the latest)")
    .option(
      "-o, --output <file>",
      "the file (default: tidemark-NAME.html here); .svg: the plot alone",
    )
    .addOption(storeOption())
    .addOption(formatOption())
    .action(
      (
        reference: string | undefined,
        options: Formatted & Stored & { readonly output?: string },
      ) => {
        const view = viewStudy(options.store, reference);
        const path = resolve(options.output ?? fileNameOf(view.study.name));
        writeReport(view, path);
        printRows(COLUMNS, [{ study: view.study.name, report: path }], options.format);
      },
    );
