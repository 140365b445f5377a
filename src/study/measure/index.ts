/** Measuring the GPU at hand: the part that needs Node. */
export {
  type MeasureOptions,
  type MeasureProgress,
  type MeasureResult,
  runMeasure,
} from "./run.ts";
