/** Trainings in a child process: native code that crashes there leaves checkpoints whole. */
import { UserError } from "../../base/errors.ts";
import { builtModule, childTask } from "../child/task.ts";
import type { ReadProgress } from "../data/index.ts";
import type { TrainingRecord } from "./record.ts";
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

export interface FinishedTraining {
  readonly record: TrainingRecord;
  readonly files: readonly string[];
  readonly warnings: readonly string[];
}

/** By folder. */
const runs = new Map<string, TrainingRun>();

/** @param tell how far the reading of the data is */
export async function openTraining(
  input: OpenTraining,
  tell?: (progress: ReadProgress) => void,
): Promise<RunSummary> {
  const { folder, tidemark } = input;
  const run =
    input.kind === "start"
      ? await TrainingRun.start(input.request, folder, tidemark, input.overwrite, tell)
      : await TrainingRun.resume(folder, input.changes, tidemark, tell);
  runs.set(folder, run);
  return run.summary;
}

export async function advanceTraining(input: {
  readonly folder: string;
  readonly ms: number;
}): Promise<RunStatus> {
  return runOf(input.folder).advance(input.ms);
}

export async function checkpointTraining(folder: string): Promise<RunStatus> {
  return runOf(folder).checkpoint();
}

export async function finishTraining(folder: string): Promise<FinishedTraining> {
  const run = runOf(folder);
  try {
    return await run.finish();
  } finally {
    await run.close();
    runs.delete(folder);
  }
}

/** A process that died took its training with it; the pool gave the request to a new one. */
function runOf(folder: string): TrainingRun {
  const run = runs.get(folder);
  if (run === undefined)
    throw new UserError(`the process that trained in ${folder} is gone`, {
      hint: `go on from its last checkpoint: tidemark train --resume ${folder}`,
    });
  return run;
}

const MODULE = builtModule(import.meta.url, "./trainer-tasks.ts");
export const OPEN_TRAINING = childTask<OpenTraining, RunSummary, ReadProgress>(
  MODULE,
  "openTraining",
);
export const ADVANCE_TRAINING = childTask<Parameters<typeof advanceTraining>[0], RunStatus>(
  MODULE,
  "advanceTraining",
);
export const CHECKPOINT_TRAINING = childTask<string, RunStatus>(MODULE, "checkpointTraining");
export const FINISH_TRAINING = childTask<string, FinishedTraining>(MODULE, "finishTraining");
