// Child tasks with a maker of their own, as a room that trains forms has them.
import { trainingJobs } from "../../../dist/runtime/training/training-jobs.js";
import { dropping } from "./dropping.mjs";

export const { openTraining, advanceTraining, checkpointTraining, finishTraining } = trainingJobs(
  () => ({ formId: "dropping", form: dropping }),
);
