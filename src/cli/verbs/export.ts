/** `tidemark export [STUDY]`: every trial, in a form that reads back as a table of measured designs. */
import { Command } from "commander";
import type { Column } from "../../report/index.ts";
import { type Trial, trialAt } from "../../study/index.ts";
import { type Formatted, formatOption, type Stored, storeOption } from "../options.ts";
import { printRows } from "../print.ts";
import { viewStudy } from "../study-view.ts";

export const exportVerb = () =>
  new Command("export")
    .description("print every trial of a study; `explore --table` reads it back")
    .argument("[study]", "id, name, or unique beginning of a name (default: the latest)")
    .addOption(storeOption())
    .addOption(formatOption().default("csv"))
    .action((reference: string | undefined, { store, format }: Formatted & Stored) => {
      const { study, trials } = viewStudy(store, reference);
      const units = new Map(study.objectives.map((o) => [o.name, o.unit]));
      const columns: Column<Trial>[] = [
        { key: "trial", value: (t) => t.number, digits: 12 },
        { key: "state", value: (t) => t.state },
        ...trials.design.map(
          ({ name }): Column<Trial> => ({ key: name, value: (t) => t.design[name] }),
        ),
        ...trials.values.map(({ name }): Column<Trial> => {
          const unit = units.get(name);
          return { key: name, value: (t) => t.values[name], digits: 6, ...(unit ? { unit } : {}) };
        }),
        ...(trials.errors.size > 0
          ? [{ key: "error", value: (t: Trial) => t.error } satisfies Column<Trial>]
          : []),
      ];
      const rows = Array.from({ length: trials.count }, (_, i) => trialAt(trials, i));
      printRows(columns, rows, format);
    });
