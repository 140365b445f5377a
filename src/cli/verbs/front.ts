/** `tidemark front [STUDY]`: the trials that none dominates. */
import { Command } from "commander";
import { printFront } from "../front-output.ts";
import { type Formatted, formatOption, type Stored, storeOption } from "../options.ts";
import { viewStudy } from "../study-view.ts";

export const front = () =>
  new Command("front")
    .description("print a study's Pareto front")
    .argument("[study]", "id, name, or unique beginning of a name (default: the latest)")
    .addOption(storeOption())
    .addOption(formatOption())
    .action((reference: string | undefined, { store, format }: Formatted & Stored) => {
      printFront(viewStudy(store, reference), format);
    });
