/** Least and most of each calibrated parameter: what lies outside is no property of a GPU. */
import type { Architecture } from "../device.ts";
import { wrongDevice } from "../figures.ts";
import { defaultParameters, type ParameterName, type Parameters } from "./parameters.ts";

type Range = readonly [least: number, most: number];

/** A share of a rate. Above 1 where the data sheet's clock is below the one that the board holds. */
const SHARE: Range = [0.01, 2];
const STEPS: Range = [0, 1000];

export const PARAMETER_RANGES: Readonly<Record<ParameterName, Range>> = {
  launchUs: [0.1, 1000],
  powerBudget: [0.001, 10],
  latencyWarps: [0, 64],
  stairHardness: [0, 1],
  dramEfficiency: [0.02, 1],
  stridedReads: [0.1, 32],
  tileWrites: [0.1, 32],
  l2BytesPerClock: [1, 256],
  gemmEfficiency: SHARE,
  gemmOverheadSteps: STEPS,
  implicitEfficiency: SHARE,
  implicitOverheadSteps: STEPS,
  fusedEfficiency: SHARE,
  fusedOverheadSteps: STEPS,
  winogradEfficiency: SHARE,
  winogradOverheadSteps: STEPS,
  inputTransform: SHARE,
  outputTransform: SHARE,
  tensorEfficiency: SHARE,
  tensorOverheadSteps: STEPS,
  tensorConvEfficiency: SHARE,
  int8Efficiency: SHARE,
  int8ConvEfficiency: SHARE,
  int8OverheadSteps: STEPS,
};

/** @throws UserError for a parameter that is unknown or out of range: file, name, value, range */
export function checkParameters(
  parameters: Readonly<Record<string, number>>,
  architecture: Architecture,
  origin: string,
): Partial<Parameters> {
  const known = defaultParameters(architecture, 64);
  for (const [name, value] of Object.entries(parameters)) {
    if (!Object.hasOwn(known, name))
      throw wrongDevice(
        origin,
        `calibration.parameters.${name} is not a known parameter`,
        `known: ${Object.keys(known).join(", ")}`,
      );
    const [least, most] = PARAMETER_RANGES[name as ParameterName];
    if (!(value >= least && value <= most))
      throw wrongDevice(
        origin,
        `calibration.parameters.${name} is ${value}, expected ${least} to ${most}`,
        "correct it, leave it out for the architecture's own, or calibrate again",
      );
  }
  return parameters as Partial<Parameters>;
}
