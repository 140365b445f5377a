/**
 * Fits a device's parameters to measurements. Where a profile says which kernel ran, that kernel is
 * timed, so that a wrong choice of tile does not bend the physics; elsewhere the model chooses.
 *
 * A measured time is the kernels' time plus what the measuring program adds to each call
 * (`harnessUs`, one figure for each origin and family): that is fitted beside, and is not GPU time.
 */
import { type Device, withParameters } from "../device.ts";
import { planKernels, type TimedKernel } from "../kernels/index.ts";
import { driftAt, type HarnessDrift, meanOf } from "./harness.ts";
import { leastSquares } from "./least-squares.ts";
import type { Observation } from "./observation.ts";
import type { ParameterName, Parameters } from "./parameters.ts";

export interface FitResult {
  readonly parameters: Partial<Record<ParameterName, number>>;
  /** By `origin family precision`; the mean over the run where it drifts. */
  readonly harnessUs: Readonly<Record<string, number>>;
  /** The same keys, where rows have a position. */
  readonly harnessDrift: Readonly<Record<string, HarnessDrift>>;
}

export function harnessKey(
  observation: Pick<Observation, "origin" | "family" | "precision">,
): string {
  return `${observation.origin} ${observation.family} ${observation.precision}`;
}

/** @param asLaunched times the kernel that a profile names, where there is one */
export function predictKernels(
  observation: Observation,
  device: Device,
  asLaunched: boolean,
): readonly TimedKernel[] {
  const choice = asLaunched ? observation.launched : undefined;
  return planKernels(
    observation.work,
    device,
    observation.precision,
    choice === undefined ? {} : { choice },
  );
}

/** GPU time of an observation's work, microseconds. */
export function predictUs(observation: Observation, device: Device, asLaunched: boolean): number {
  let us = 0;
  for (const kernel of predictKernels(observation, device, asLaunched)) us += kernel.timeUs;
  return us;
}

const LARGEST_SHARE = 0.998;
const LARGEST_START = 0.97;

/** Shares stay below 1; the rest is positive. */
const SHARES: ReadonlySet<ParameterName> = new Set<ParameterName>([
  "stairHardness",
  "dramEfficiency",
  "gemmEfficiency",
  "tensorEfficiency",
]);
const FIRST_HARNESS_US = 30;
const FIRST_BACK_TO_BACK_US = 3;
const FIRST_DRIFT = { growthUs: 200, power: 1.2 };
const POWER_SIGMA = 0.3;

export interface FitOptions {
  readonly names: readonly ParameterName[];
  /** Prior standard deviation of each parameter, in its logarithm. */
  readonly sigma?: Partial<Record<ParameterName, number>>;
  readonly iterations?: number;
}

export function fitParameters(
  device: Device,
  observations: readonly Observation[],
  options: FitOptions,
): FitResult {
  const { names } = options;
  const families = [...new Set(observations.map(harnessKey))].sort();
  const familyOf = observations.map((o) => families.indexOf(harnessKey(o)));
  const drifting = [
    ...new Set(observations.flatMap((o, i) => (o.position === undefined ? [] : [familyOf[i]!]))),
  ].sort((a, b) => a - b);
  const start = [
    ...names.map((name) => encode(name, device.parameters[name])),
    ...families.map((f) =>
      Math.log(f.startsWith("deepbench") ? FIRST_BACK_TO_BACK_US : FIRST_HARNESS_US),
    ),
    ...drifting.flatMap(() => [Math.log(FIRST_DRIFT.growthUs), Math.log(FIRST_DRIFT.power)]),
  ];
  const sigma = [
    ...names.map((name) => options.sigma?.[name] ?? 0.7),
    ...families.map(() => 1.5),
    ...drifting.flatMap(() => [1.5, POWER_SIGMA]),
  ];
  const harnessAt = (x: readonly number[]): HarnessDrift[] =>
    families.map((_, family) => {
      const at = names.length + families.length + 2 * drifting.indexOf(family);
      const drifts = drifting.includes(family);
      return {
        startUs: Math.exp(x[names.length + family]!),
        growthUs: drifts ? Math.exp(x[at]!) : 0,
        power: drifts ? Math.exp(x[at + 1]!) : 1,
      };
    });
  const { x } = leastSquares({
    start,
    sigma,
    count: observations.length,
    ...(options.iterations === undefined ? {} : { iterations: options.iterations }),
    residuals(at, out) {
      const candidate = withParameters(device, decodeAll(names, at));
      const harness = harnessAt(at);
      for (let i = 0; i < observations.length; i++) {
        const observation = observations[i]!;
        const us =
          predictUs(observation, candidate, true) +
          (observation.onGpu ? 0 : driftAt(harness[familyOf[i]!]!, observation.position ?? 0));
        out[i] = Math.log(us / observation.measuredUs);
      }
    },
  });
  const harness = harnessAt(x);
  return {
    parameters: decodeAll(names, x),
    harnessUs: Object.fromEntries(families.map((f, i) => [f, meanOf(harness[i]!)])),
    harnessDrift: Object.fromEntries(drifting.map((i) => [families[i]!, harness[i]!])),
  };
}

/** Logarithms throughout; a share starts inside its bound, where the residuals still feel it. */
function encode(name: ParameterName, value: number): number {
  return Math.log(SHARES.has(name) ? Math.min(LARGEST_START, value) : value);
}

function decode(name: ParameterName, x: number): number {
  return SHARES.has(name) ? Math.min(LARGEST_SHARE, Math.exp(x)) : Math.exp(x);
}

function decodeAll(names: readonly ParameterName[], x: readonly number[]): Partial<Parameters> {
  return Object.fromEntries(names.map((name, i) => [name, decode(name, x[i]!)]));
}
