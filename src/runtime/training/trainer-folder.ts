/** The record in a training's folder, and what is refused because of what lies there. */
import { existsSync, readFileSync } from "node:fs";
import { UserError } from "../../base/errors.ts";
import { RecordSchema, type TrainingRecord } from "./record.ts";
import type { About } from "./trainer-opening.ts";
import { learningRateOf } from "./trainer-recipe.ts";
import { parseJson, type TrainingRequest } from "./trainer-request.ts";

/** A new training would replace the one that the folder holds. */
export function held(folder: string, record: TrainingRecord | undefined): UserError {
  const elsewhere = "or choose another -o, or another --checkpoints";
  const [state, hint] =
    record?.complete === true
      ? ["a training that is complete", `train anew in its place: --overwrite; ${elsewhere}`]
      : record?.diverged !== undefined
        ? [
            `a training that diverged at step ${record.diverged.step}, at --lr ${learningRateOf(record.recipe)}`,
            `begin anew with a lower learning rate: --lr ${(learningRateOf(record.recipe) / 10).toPrecision(1)} --overwrite; ${elsewhere}`,
          ]
        : [
            "a training that was interrupted",
            `go on with it: ${resumeText(folder, record?.form)}; begin anew: --overwrite; ${elsewhere}`,
          ];
  return new UserError(`${folder} holds ${state}`, { hint, exitCode: 2 });
}

/** How a training is taken up again; who trains forms has a command of its own for it. */
export function resumeText(folder: string, form: unknown): string {
  return form === undefined
    ? `tidemark train --resume ${folder}`
    : `the command that began it, with --resume ${folder}`;
}

/** Undefined where there is none: the record is of use, not of need. */
export function readRecord(path: string): TrainingRecord | undefined {
  if (!existsSync(path)) return undefined;
  const parsed = RecordSchema.safeParse(parseJson(readFileSync(path, "utf8")));
  return parsed.success ? parsed.data : undefined;
}

/** What a checkpoint was made with is not what there is now. */
export function changed(
  folder: string,
  request: TrainingRequest,
  now: About,
  before: TrainingRecord | undefined,
): UserError {
  const what =
    before === undefined
      ? "network, data, form or recipe have"
      : before.network.hash !== now.network.hash
        ? `the network ${request.model} has`
        : before.data.sha256 !== now.data.sha256 || before.form?.id === now.form?.id
          ? `the data ${request.data} (${now.data.sha256.slice(0, 12)} instead of ${before.data.sha256.slice(0, 12)}) has`
          : `the form ${request.form?.kind} (${now.form?.id} instead of ${before.form?.id}) has`;
  return new UserError(`${folder}: ${what} changed since the training began`, {
    hint: "bring back what it began with, or begin anew: --overwrite, or another folder",
    exitCode: 2,
  });
}
