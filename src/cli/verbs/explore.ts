/** `tidemark explore`: search a space, keep every trial, print the front, write the report. */
import { Command, InvalidArgumentError, Option } from "commander";
import { algorithms } from "../../search/index.ts";
import { runStudy } from "../../study/index.ts";
import {
  formatOption,
  hostOption,
  hostUsOption,
  integer,
  list,
  positive,
  precisionOption,
  storeOption,
  tunedOption,
} from "../options.ts";
import { type RunFlags, runAndShow } from "../run-study.ts";
import { type StudyFlags, studyOf } from "../study-flags.ts";

export const explore = () =>
  new Command("explore")
    .description("explore a space: a study file, a table of measured designs, or NAS-Bench-201")
    .argument("[study-file]", "YAML or JSON; `tidemark schema` describes it")
    .option("--table <csv>", "a CSV (or JSON) of measured designs as the space")
    .option("--dataset <name>", "NAS-Bench-201: cifar10, cifar100 or imagenet16 (default: cifar10)")
    .option(
      "-d, --device <names>",
      "device to predict latency on (default: rtx-2080-ti); several: one objective each",
      list,
    )
    .option("-b, --batch <n>", "images in a batch (default: 256)", integer(1))
    .addOption(precisionOption())
    .addOption(hostOption())
    .addOption(tunedOption())
    .addOption(hostUsOption())
    .option("--maximize <names>", "objectives to maximise", list)
    .option("--minimize <names>", "objectives to minimise", list)
    .option("--constraint <relation>", "e.g. 'params <= 1000000'; repeat for more", gather)
    .addOption(
      new Option("-a, --algorithm <name>", "how to search (default: exhaustive)").choices(
        algorithms.map((a) => a.name),
      ),
    )
    .option(
      "--set <name=value>",
      "option of the algorithm, e.g. population=50; repeat for more",
      setting,
    )
    .option("-n, --evaluations <n>", "designs to evaluate at most", integer(1))
    .option("--minutes <m>", "time to evaluate at most", positive)
    .option("--seed <n>", "of every random choice (default: 1)", integer(0))
    .option(
      "-w, --workers <n>",
      "threads that evaluate; the result does not depend on it",
      integer(0),
    )
    .option("--name <name>", "of the study (default: from what it studies)")
    .addOption(storeOption())
    .option("--report <html>", "where to write the report (default: tidemark-NAME.html here)", true)
    .option("--no-report", "write no report")
    .addOption(formatOption())
    .action(async (file: string | undefined, flags: RunFlags & StudyFlags) => {
      const spec = studyOf(file, flags);
      await runAndShow((options) => runStudy(spec, options), flags);
    });

function gather(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function setting(text: string, before: Readonly<Record<string, number>> = {}) {
  const at = text.indexOf("=");
  const value = Number(text.slice(at + 1));
  if (at < 1 || text.slice(at + 1).trim() === "" || Number.isNaN(value))
    throw new InvalidArgumentError("expected NAME=NUMBER, e.g. population=50.");
  return { ...before, [text.slice(0, at)]: value };
}
