/** `tidemark resume STUDY`: goes on where the last stored batch ended. */
import { Command } from "commander";
import { resumeStudy } from "../../study/index.ts";
import { formatOption, integer, storeOption } from "../options.ts";
import { type RunFlags, runAndShow } from "../run-study.ts";

interface Flags extends RunFlags {
  readonly evaluations?: number;
  readonly workers?: number;
  readonly takeOver?: boolean;
}

export const resume = () =>
  new Command("resume")
    .description("continue a study that was stopped or killed, with the trials it would have had")
    .argument("<study>", "id, name, or unique beginning of a name")
    .option(
      "-n, --evaluations <n>",
      "designs to evaluate in all; also continues a finished study",
      integer(1),
    )
    .option(
      "-w, --workers <n>",
      "threads that evaluate; the result does not depend on it",
      integer(0),
    )
    .option("--take-over", "also from a process on another machine that cannot be asked")
    .addOption(storeOption())
    .option("--report <html>", "where to write the report (default: tidemark-NAME.html here)", true)
    .option("--no-report", "write no report")
    .addOption(formatOption())
    .action(async (reference: string, flags: Flags) => {
      const { evaluations, workers, takeOver } = flags;
      await runAndShow(
        (options) =>
          resumeStudy(reference, {
            ...options,
            ...(evaluations === undefined ? {} : { evaluations }),
            ...(workers === undefined ? {} : { workers }),
            ...(takeOver ? { takeOver } : {}),
          }),
        flags,
      );
    });
