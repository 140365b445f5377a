/** Predicted time against kept fraction: rows for a report, one for each fraction and device. */
import { UserError } from "../../base/errors.ts";
import type { Device } from "../device.ts";
import { activeBlocks } from "./blocks.ts";
import { TOLERANCE, waveBudget } from "./budget.ts";
import { type DynamicRegion, regionOf } from "./region.ts";
import { type DynamicOptions, promisedUs, type RegionSpec } from "./types.ts";

export interface CurveRow {
  readonly device: string;
  readonly region: string;
  readonly keptFraction: number;
  readonly active: number;
  readonly blocks: number;
  /** The model's time for `active` blocks. */
  readonly latencyUs: number;
  /** As if thread blocks spread over the SMs without remainder: no staircase. */
  readonly smoothUs: number;
  /** Every round charged whole: the hard staircase. */
  readonly quantisedUs: number;
  readonly waves: number;
  /** The wave-quantised budget: blocks up to the edge, and their time. */
  readonly budgetActive: number;
  readonly budgetFraction: number;
  readonly budgetUs: number;
  readonly denseUs: number;
  readonly denseWaves: number;
  /** Multiply-accumulates over the dense region's; above the kept fraction by halo and mask. */
  readonly macsShare: number;
  /** Latency of the dense region over this one's, and what of it whole rounds give (1: nothing). */
  readonly speedup: number;
  readonly promisedSpeedup: number;
  readonly verdict: "dynamic" | "dense";
}

export interface CurveOptions {
  /** Default: 0, 0.05, ..., 1. */
  readonly fractions?: readonly number[];
  /** Of the budget; see {@link waveBudget}. */
  readonly tolerance?: number;
}

/** @throws UserError for a fraction outside [0, 1] */
export function regionCurve(
  region: DynamicRegion,
  options: CurveOptions = {},
): readonly CurveRow[] {
  const { fractions = twentieths(), tolerance = TOLERANCE } = options;
  const { dense, blocks, name, plan, target } = region;
  return fractions.map((fraction) => {
    const active = activeBlocks(fraction, plan.grid, `region ${name}`);
    const cost = region.time(active);
    const budget = waveBudget(region, active, tolerance);
    const promised = promisedUs(cost, dense);
    return {
      device: target.device.id,
      region: name,
      keptFraction: fraction,
      active,
      blocks,
      latencyUs: cost.latencyUs,
      smoothUs: cost.smoothUs,
      quantisedUs: cost.quantisedUs,
      waves: cost.waves,
      budgetActive: budget.active,
      budgetFraction: budget.active / blocks,
      budgetUs: budget.latencyUs,
      denseUs: dense.latencyUs,
      denseWaves: dense.waves,
      macsShare: cost.macs / dense.macs,
      speedup: dense.latencyUs / cost.latencyUs,
      promisedSpeedup: dense.latencyUs / (dense.latencyUs - promised),
      verdict: promised > 0 ? "dynamic" : "dense",
    };
  });
}

/** The same region on several devices. @throws UserError also where no device is given */
export function curveOnDevices(
  spec: RegionSpec,
  devices: readonly Device[],
  options: Omit<DynamicOptions, "device"> & CurveOptions = {},
): readonly CurveRow[] {
  if (devices.length === 0)
    throw new UserError("no devices for the curve, expected at least one", {
      hint: "name some, as `tidemark devices` lists them",
      exitCode: 2,
    });
  const { fractions, tolerance, ...rest } = options;
  return devices.flatMap((device) =>
    regionCurve(regionOf(spec, { ...rest, device }), {
      ...(fractions === undefined ? {} : { fractions }),
      ...(tolerance === undefined ? {} : { tolerance }),
    }),
  );
}

function twentieths(): readonly number[] {
  return Array.from({ length: 21 }, (_, i) => i / 20);
}
