/**
 * Trainings in this process by their folders, behind functions that a module of child tasks exports.
 * A room that trains forms of its own has such a module, with its maker: see `trainer-tasks.ts`.
 */
import { UserError } from "../../base/errors.ts";
import { type ChildTask, childTask } from "../child/task.ts";
import type { ReadProgress } from "../data/index.ts";
import type { FormOf } from "./form-maker.ts";
import type { TrainingRecord } from "./record.ts";
import { resumeText } from "./trainer-folder.ts";
import type { ResumeChanges, TrainingRequest } from "./trainer-request.ts";
import { type RunStatus, type RunSummary, TrainingRun } from "./trainer-run.ts";

export type OpenTraining = {
  readonly folder: string;
  /** Version for the record. */
  readonly tidemark: string;
} & (
  | {
      readonly kind: "start";
      readonly request: TrainingRequest;
      /** Whether a training that the folder holds is replaced. */
      readonly overwrite?: boolean;
    }
  | { readonly kind: "resume"; readonly changes: ResumeChanges }
);

export interface AdvanceTraining {
  readonly folder: string;
  readonly ms: number;
}

export interface FinishedTraining {
  readonly record: TrainingRecord;
  readonly files: readonly string[];
  readonly warnings: readonly string[];
}

export interface TrainingJobs {
  /** @param tell how far the reading of the data is */
  readonly openTraining: (
    input: OpenTraining,
    tell?: (progress: ReadProgress) => void,
  ) => Promise<RunSummary>;
  readonly advanceTraining: (input: AdvanceTraining) => Promise<RunStatus>;
  /** @param folder of the training, as in the next */
  readonly checkpointTraining: (folder: string) => Promise<RunStatus>;
  readonly finishTraining: (folder: string) => Promise<FinishedTraining>;
}

/** @param formOf makes the forms that requests ask for; absent: networks as they are */
export function trainingJobs(formOf?: FormOf): TrainingJobs {
  const runs = new Map<string, TrainingRun>();
  /** A process that died took its training with it; the pool gave the request to a new one. */
  const runOf = (folder: string): TrainingRun => {
    const run = runs.get(folder);
    if (run === undefined)
      throw new UserError(`the process that trained in ${folder} is gone`, {
        hint: `go on from its last checkpoint: ${resumeText(folder, formOf)}`,
      });
    return run;
  };
  return {
    async openTraining(input, tell) {
      const { folder, tidemark } = input;
      const run =
        input.kind === "start"
          ? await TrainingRun.start(input.request, folder, tidemark, input.overwrite, formOf, tell)
          : await TrainingRun.resume(folder, input.changes, tidemark, formOf, tell);
      runs.set(folder, run);
      return run.summary;
    },
    advanceTraining: async ({ folder, ms }) => runOf(folder).advance(ms),
    checkpointTraining: async (folder) => runOf(folder).checkpoint(),
    async finishTraining(folder) {
      const run = runOf(folder);
      try {
        return await run.finish();
      } finally {
        await run.close();
        runs.delete(folder);
      }
    },
  };
}

type Task<Name extends keyof TrainingJobs, Progress = never> = ChildTask<
  Parameters<TrainingJobs[Name]>[0],
  Awaited<ReturnType<TrainingJobs[Name]>>,
  Progress
>;

export interface TrainingTasks {
  readonly open: Task<"openTraining", ReadProgress>;
  readonly advance: Task<"advanceTraining">;
  readonly checkpoint: Task<"checkpointTraining">;
  readonly finish: Task<"finishTraining">;
}

/** @param module built, see `builtModule`; it exports what `trainingJobs` gives, by those names */
export function trainingTasks(module: URL): TrainingTasks {
  return {
    open: childTask(module, "openTraining"),
    advance: childTask(module, "advanceTraining"),
    checkpoint: childTask(module, "checkpointTraining"),
    finish: childTask(module, "finishTraining"),
  };
}
