/** Training as a graph: one session call is one step. */
export { EVALUATION_OUTPUTS, evaluationGraph } from "./evaluation.ts";
export type { Classifier, NoiseInput, Teacher, TrainingForm } from "./form.ts";
export type { FormHooks, FormMaker, FormOf, FormRequest } from "./form-maker.ts";
export { TrainingNoise } from "./noise.ts";
export { optimizerNames } from "./optimizer/index.ts";
export type { OptimizerOptions } from "./optimizer/types.ts";
export { scheduleNames } from "./schedule/index.ts";
export type { ScheduleOptions } from "./schedule/types.ts";
export { stateAfter } from "./state.ts";
export { trainingStep } from "./step.ts";
export { trainedGraph } from "./trained.ts";
export * from "./types.ts";
