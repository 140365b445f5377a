/** Measured times below what the board's data sheet allows. */
import type { Observation } from "../../gpu/calibration/observation.ts";
import { leastNetworkUs, leastTime } from "../../gpu/calibration/physical-limits.ts";
import type { Device } from "../../gpu/device.ts";
import type { Sample } from "../../gpu/validation/sample.ts";

export const IMPOSSIBLE = "a time below what the data sheet allows";

/** What is wrong with a kernel's time: both times and the limit; undefined where it can be. */
export function impossibleKernel(
  { work, precision, measuredUs }: Observation,
  device: Device,
): string | undefined {
  const { us, from } = leastTime(work, device, precision);
  return measuredUs < us ? describe(measuredUs, us, from) : undefined;
}

/** The same of a network. @param sample with `macs` */
export function impossibleNetwork(sample: Sample, device: Device): string | undefined {
  const { macs = 0, precision, measuredUs } = sample;
  const us = leastNetworkUs(macs, device, precision);
  const what = `${(macs / 1e9).toPrecision(3)} GMACs in ${precision.toUpperCase()}`;
  return measuredUs < us ? describe(measuredUs, us, what) : undefined;
}

function describe(measuredUs: number, leastUs: number, from: string): string {
  return `${measuredUs.toPrecision(4)} us, at least ${leastUs.toPrecision(4)} us by ${from}`;
}
