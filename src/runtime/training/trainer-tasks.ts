/** Trainings in a child process: native code that crashes there leaves checkpoints whole. */
import { builtModule } from "../child/task.ts";
import { trainingJobs, trainingTasks } from "./training-jobs.ts";

export type { FinishedTraining, OpenTraining } from "./training-jobs.ts";

export const { openTraining, advanceTraining, checkpointTraining, finishTraining } = trainingJobs();

export const TRAINING = trainingTasks(builtModule(import.meta.url, "./trainer-tasks.ts"));
export const OPEN_TRAINING = TRAINING.open;
export const ADVANCE_TRAINING = TRAINING.advance;
export const CHECKPOINT_TRAINING = TRAINING.checkpoint;
export const FINISH_TRAINING = TRAINING.finish;
