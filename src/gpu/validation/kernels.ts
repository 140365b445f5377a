/** Measured kernels as samples: the model plans each on its own, algorithm and tile included. */
import type { Work } from "../../ops/types.ts";
import { predictKernels } from "../calibration/fit.ts";
import type { Observation } from "../calibration/observation.ts";
import type { Device } from "../device.ts";
import type { TimedKernel } from "../kernels/index.ts";
import type { Sample } from "./sample.ts";

/** @param source file and row */
export function kernelSample(observation: Observation, device: Device, source: string): Sample {
  const kernels = predictKernels(observation, device, false);
  const main = mainKernel(kernels);
  const { recorded } = observation;
  let modelUs = 0;
  for (const kernel of kernels) modelUs += kernel.timeUs;
  return {
    device: device.id,
    family: observation.family,
    precision: observation.precision,
    data: observation.origin,
    source,
    what: describeWork(observation.work),
    shape: observation.shape,
    measuredUs: observation.measuredUs,
    modelUs,
    addedUs: 0,
    ...(observation.onGpu ? { onGpu: true } : {}),
    ...(recorded?.algorithm === undefined || main === undefined
      ? {}
      : { algorithm: { predicted: main.plan.algorithm, measured: recorded.algorithm } }),
    ...(recorded?.grid === undefined || main === undefined
      ? {}
      : { grid: { predicted: main.plan.grid.join("x"), measured: recorded.grid } }),
    ...(main === undefined ? {} : { limiter: main.limiter }),
  };
}

/** The one with a tile: transforms before and after it have none. */
function mainKernel(kernels: readonly TimedKernel[]): TimedKernel | undefined {
  return kernels.find((k) => k.plan.tile !== null) ?? kernels[0];
}

export function describeWork(work: Work): string {
  if (work.kind === "conv") {
    const { batch, inChannels, outChannels, input, kernel, stride } = work;
    const strided = stride.some((s) => s !== 1) ? ` stride ${stride.join("x")}` : "";
    return `${batch}x${inChannels}x${input.join("x")} -> ${outChannels}, ${kernel.join("x")}${strided}`;
  }
  if (work.kind === "matmul")
    return `${work.batch === 1 ? "" : `${work.batch} of `}[${work.m}, ${work.k}] x [${work.k}, ${work.n}]`;
  return work.kind;
}
