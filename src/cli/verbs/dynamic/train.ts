/** `tidemark dynamic train NET.onnx --data D --epochs N`. */
import { Command } from "commander";
import { UserError } from "../../../base/errors.ts";
import { DYNAMIC_FORM, type DynamicFormOptions } from "../../../dynamic/training/maker.ts";
import { exitsOf } from "../../../dynamic/training/only.ts";
import { DYNAMIC_TRAINING } from "../../../dynamic/training/tasks.ts";
import { list, positive } from "../../options.ts";
import { say } from "../../talk.ts";
import {
  addTrainingOptions,
  nonNegative,
  type TrainingFlags,
  trainAs,
} from "../../training-verb.ts";
import { openDynamic } from "./open.ts";

interface Flags extends TrainingFlags {
  readonly budgetWeight?: number;
  readonly distill?: number;
  readonly temperature?: number;
  readonly only?: readonly string[];
}

const COLUMNS =
  "trainLoss adds up the losses of all classifiers that are trained, by their weights, and what --distill and gates add; accuracies and the other losses are those of the last of them. The accuracy of each exit that is trained stands in the last lines and in the record (exits)";

export const train = () =>
  addTrainingOptions(
    new Command("train")
      .description(
        "train a dynamic network: all its exits, its gates under their budget, attention that drops more and more",
      )
      .argument("[network]", "a dynamic network, from `tidemark dynamic convert`")
      .option("--budget-weight <w>", "of the gates' budget in the loss (default: 10)", nonNegative)
      .option(
        "--distill <w>",
        "exits also learn from the last classifier, by this weight (default: 0)",
        nonNegative,
      )
      .option("--temperature <t>", "of that (default: 3)", positive)
      .option("--only <exits>", "train these exits' own weights, and nothing else", list),
  )
    .addHelpText("after", `\nColumns: ${COLUMNS}`)
    .action(async (path: string | undefined, flags: Flags) => {
      const { budgetWeight, distill, temperature, only, ...others } = flags;
      const options: DynamicFormOptions = {
        ...(budgetWeight !== undefined && { budget: budgetWeight }),
        ...(distill !== undefined && { distill }),
        ...(temperature !== undefined && { temperature }),
        ...(only !== undefined && { only: [...only] }),
      };
      if (path !== undefined && flags.resume === undefined) check(path, flags);
      await trainAs(
        {
          command: "tidemark dynamic train",
          tasks: DYNAMIC_TRAINING,
          zoo: false,
          form: { kind: DYNAMIC_FORM, options },
        },
        path,
        flags.resume === undefined ? others : flags,
      );
      say(COLUMNS);
    });

/** What would change nothing was meant to. */
function check(path: string, { budgetWeight, distill, temperature, only }: Flags): void {
  const network = openDynamic(path);
  const { plan } = network;
  exitsOf(network, only ?? []);
  const useless =
    budgetWeight !== undefined &&
    (only !== undefined || !plan.regions.some((region) => region.by === "gate"))
      ? [
          "--budget-weight",
          only === undefined ? "the network has no gates" : "with --only no gate is trained",
        ]
      : distill !== undefined && plan.exits.length === 0
        ? ["--distill", "the network has no exits"]
        : temperature !== undefined && !distill
          ? ["--temperature", "nothing is distilled"]
          : undefined;
  if (useless !== undefined)
    throw new UserError(`${useless[0]} has no effect: ${useless[1]}`, {
      hint: "leave it out",
      exitCode: 2,
    });
}
