/** `tidemark dynamic run NET.onnx --data D`: accuracy, cost and time, beside the dense network. */
import { Command } from "commander";
import { printDynamicRun } from "../../dynamic-report.ts";
import { type Formatted, formatOption, integer } from "../../options.ts";
import { printJson } from "../../print.ts";
import { addEvaluationOptions, type EvaluationFlags, evaluated } from "./evaluate.ts";

interface Flags extends EvaluationFlags, Formatted {
  readonly inputs?: boolean;
}

export const run = () =>
  addEvaluationOptions(
    new Command("run")
      .description("accuracy, cost by input and class, and measured time beside the dense network")
      .argument("<network>", "a dynamic network"),
  )
    .option("--images <n>", "that are timed", integer(1), 256)
    .option("--no-time", "measure no time")
    .option("--inputs", "json: exit, correctness and MACs of each input")
    .addOption(formatOption())
    .action(async (path: string, flags: Flags) => {
      const { result, outcomes, answers } = await evaluated(path, flags);
      if (flags.format !== "json") printDynamicRun(result, flags.format);
      else
        printJson({
          ...result,
          ...(flags.inputs && {
            inputs: Array.from(outcomes.exits, (exit, i) => ({
              exit,
              correct: outcomes.correct[i] === 1,
              macs: outcomes.macs[i]!,
              label: answers.labels[i]!,
            })),
          }),
        });
    });
