/** Trainings in a child process: native code that crashes there leaves checkpoints whole. */
import { builtModule } from "../child/task.ts";
import { trainingJobs, trainingTasks } from "./training-jobs.ts";

export type { FinishedTraining, OpenTraining } from "./training-jobs.ts";

export const { openTraining, advanceTraining, checkpointTraining, finishTraining } = trainingJobs();

const tasks = trainingTasks(builtModule(import.meta.url, "./trainer-tasks.ts"));
export const OPEN_TRAINING = tasks.open;
export const ADVANCE_TRAINING = tasks.advance;
export const CHECKPOINT_TRAINING = tasks.checkpoint;
export const FINISH_TRAINING = tasks.finish;
