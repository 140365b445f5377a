/** Trainings of dynamic networks in a child process. */
import { builtModule } from "../../runtime/child/task.ts";
import { trainingJobs, trainingTasks } from "../../runtime/training/training-jobs.ts";
import { dynamicForm } from "./maker.ts";

export const { openTraining, advanceTraining, checkpointTraining, finishTraining } =
  trainingJobs(dynamicForm);

export const DYNAMIC_TRAINING = trainingTasks(builtModule(import.meta.url, "./tasks.ts"));
