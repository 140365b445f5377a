/**
 * Studies: what the CLI and the report build on.
 *
 * ```ts
 * const spec = readSpecFile("my-study.yaml");             // or resolveSpec(DEFAULT_STUDY)
 * const run = await runStudy(spec, { store: storePath(), onProgress, signal });
 * const reader = openReader(storePath());                 // never writes, never locks
 * const study = reader.study(run.id);                     // id, name, unique beginning of a name
 * const trials = reader.trials(study.id);                 // by column
 * const { front, hypervolume, reference } = resultOf(study, trials);
 * reader.close();
 * ```
 *
 * Every error that a user can cause is a `UserError`.
 */
export {
  blockOf,
  type Column,
  cell,
  designAt,
  sliceBlock,
  TRIAL_STATES,
  type TrialBlock,
  trialAt,
  valuesAt,
} from "./block.ts";
export { deviceIds, deviceJson, listDevices, loadDevice, readDeviceFile } from "./devices.ts";
export { exportCsv, exportJson } from "./export.ts";
export type { BuiltSpace, Setting } from "./kinds.ts";
export {
  type CalibrateOptions,
  type CalibrationResult,
  calibrateDevice,
  type FittedParameter,
} from "./measured/calibrate.ts";
export type { IgnoredColumn } from "./measured/read.ts";
export type { Skip } from "./measured/skips.ts";
export { type ValidateOptions, type Validation, validate } from "./measured/validate.ts";
export { OBJECTIVES } from "./objectives/index.ts";
export { type BuiltProblem, buildProblem } from "./problem.ts";
export type { Progress } from "./progress.ts";
export {
  correlationLines,
  type RankCorrelation,
  rankCorrelations,
} from "./rank-correlations.ts";
export { countStates, type FrontEntry, resultOf, type StudyResult } from "./results.ts";
export { type RunOptions, type RunResult, resumeStudy, runStudy } from "./runner.ts";
export { SPACES } from "./spaces/index.ts";
export {
  type ConstraintSpec,
  checkName,
  type ObjectiveSpec,
  type StudySpec,
  specJsonSchema,
} from "./spec.ts";
export { DEFAULT_STUDY, parseSpecText, readSpecFile, resolveSpec } from "./spec-file.ts";
export * from "./store/index.ts";
export type * from "./types.ts";
