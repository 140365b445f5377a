/** Measured times so far off the prediction that something else was measured. */
import { predictedUs, relativeError, type Sample } from "../../gpu/validation/sample.ts";

/** Off by more than this, a time is in another unit or of another thing. */
const ABSURD = 1000;

export const FAR_OFF = `a time ${ABSURD} times off the prediction: another unit?`;

/** Both times where they are far apart. @param sample with the overhead of its measuring program */
export function farOff(sample: Sample): string | undefined {
  const ratio = 1 + relativeError(sample);
  return ratio < ABSURD && ratio > 1 / ABSURD
    ? undefined
    : `${sample.measuredUs.toPrecision(4)} us, predicted ${predictedUs(sample).toPrecision(4)} us`;
}
