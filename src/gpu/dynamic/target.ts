/** Where a dynamic region runs: the engine's target, and what the host's waits cost. */
import { UserError } from "../../base/errors.ts";
import { hostFigures, hostUsOf } from "../host.ts";
import { requirePrecision } from "../kernels/index.ts";
import type { Target } from "../lower.ts";
import type { HostMode } from "../types.ts";
import { type DynamicOptions, SYNC_US } from "./types.ts";

export interface DynamicTarget extends Target {
  readonly mode: HostMode;
  readonly hostUsPerOp: number | undefined;
  /** Undefined: where the selection needs it. */
  readonly sync: boolean | undefined;
  readonly syncUs: number;
}

/** @throws UserError where the device lacks the precision, or a time is negative */
export function dynamicTarget(options: DynamicOptions): DynamicTarget {
  const { device, precision = "fp32", host: mode = "eager", syncUs = SYNC_US } = options;
  requirePrecision(device, precision);
  if (!(syncUs >= 0 && Number.isFinite(syncUs)))
    throw new UserError(`syncUs is ${syncUs}, expected microseconds of at least 0`, {
      hint: `leave it out for ${SYNC_US}, or set sync to false where the host knows the count`,
      exitCode: 2,
    });
  const host = hostFigures(mode, hostUsOf(device, mode, options.hostUsPerOp));
  return {
    device,
    precision,
    host,
    tuned: host.fuses || options.tuned === true,
    channelsLast: options.channelsLast,
    mode,
    hostUsPerOp: options.hostUsPerOp,
    sync: options.sync,
    syncUs,
  };
}
