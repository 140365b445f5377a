/**
 * What a measuring program adds to every call: host dispatch between its two events. It is no time of
 * the GPU, differs between programs and machines, and is one figure for each board, data set, family
 * and precision. It comes from the device file where the board was fitted to that data, else from the
 * rows at hand: each row gets the figure that the rows of other shapes give, so that no row is judged
 * by a figure that it helped to choose.
 */
import { groupBy } from "../calibration/calibrate.ts";
import { shapeHash } from "../calibration/observation.ts";
import type { Device } from "../device.ts";
import type { Sample } from "./sample.ts";

export interface Overhead {
  readonly device: string;
  readonly data: string;
  readonly family: string;
  readonly precision: string;
  /** `device file`, `these rows` (cross-fitted), `none` (GPU timestamps, or not wanted). */
  readonly from: "device file" | "these rows" | "none";
  /** Mean over the rows, microseconds. */
  readonly addedUs: number;
}

const FOLDS = 5;
/** Fewer rows cannot tell an overhead from the model's own error. */
export const FEWEST_ROWS = 5;

/** Kernel samples with `addedUs` set, and what was added. */
export function withOverhead(
  samples: readonly Sample[],
  devices: ReadonlyMap<string, Device>,
): { readonly samples: readonly Sample[]; readonly overheads: readonly Overhead[] } {
  const out: Sample[] = [];
  const overheads: Overhead[] = [];
  const key = (s: Sample): string =>
    [s.device, s.data, s.family, s.precision, s.onGpu === true].join("\n");
  for (const [, group] of groupBy(samples, key)) {
    const { device, data, family, precision } = group[0]!;
    const fit = devices
      .get(device)
      ?.calibration?.fittedOn.find(
        (f) => f.data === data && f.family === family && f.precision === precision,
      );
    const unknown = fit === undefined && group.length < FEWEST_ROWS;
    const alone = unknown || group[0]!.onGpu === true;
    const from = alone ? "none" : fit !== undefined ? "device file" : "these rows";
    const added =
      from === "none"
        ? group
        : fit !== undefined
          ? group.map((s) => ({ ...s, addedUs: fit.harnessUs }))
          : crossFitted(group);
    for (const sample of added) out.push(sample);
    const total = added.reduce((sum, s) => sum + s.addedUs, 0);
    overheads.push({ device, data, family, precision, from, addedUs: total / added.length });
  }
  return { samples: out, overheads };
}

function crossFitted(group: readonly Sample[]): Sample[] {
  const folds = group.map((s) => shapeHash(s.shape) % FOLDS);
  const figures = Array.from({ length: FOLDS }, (_, fold) => {
    const others = group.filter((_, i) => folds[i] !== fold);
    return overheadOf(others.length > 0 ? others : group);
  });
  return group.map((s, i) => ({ ...s, addedUs: figures[folds[i]!]! }));
}

/**
 * The figure that minimises the mean of |model + figure - measured| / measured: the median of
 * measured - model, weighted by 1 / measured; 0 where that is negative. Microseconds.
 */
export function overheadOf(samples: readonly Sample[]): number {
  const rests = samples
    .map((s) => ({ rest: s.measuredUs - s.modelUs, weight: 1 / s.measuredUs }))
    .sort((a, b) => a.rest - b.rest);
  const half = rests.reduce((sum, r) => sum + r.weight, 0) / 2;
  let below = 0;
  for (const { rest, weight } of rests) {
    below += weight;
    if (below >= half) return Math.max(0, rest);
  }
  return 0;
}
