/**
 * What a measuring program adds to every call: host dispatch between its two events. It is no time of
 * the GPU, differs between programs and machines, and is one figure for each board, data set, family
 * and precision. It comes from the device file where the board was fitted to that data, else from the
 * rows at hand: each row gets the figure that the rows of other shapes give, so that no row is judged
 * by a figure that it helped to choose.
 */
import { median } from "../../base/stats.ts";
import { groupBy } from "../calibration/calibrate.ts";
import {
  driftAt,
  followsOrder,
  type HarnessDrift,
  harnessByRow,
  positionOf,
} from "../calibration/harness.ts";
import { leastSquares } from "../calibration/least-squares.ts";
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
  /** Median over the rows, microseconds. */
  readonly measuredUs: number;
}

/**
 * Whether most of the time is an overhead that was fitted to the rows themselves: the errors then say
 * how well one figure fits them, and little of the model.
 */
export function drownsModel({ from, addedUs, measuredUs }: Overhead): boolean {
  return from === "these rows" && addedUs > measuredUs / 2;
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
          ? byFile(group).flatMap((rows) => {
              const figures = harnessByRow(fit, rows);
              return rows.map((s, i) => ({ ...s, addedUs: figures[i]! }));
            })
          : crossFitted(group);
    for (const sample of added) out.push(sample);
    const total = added.reduce((sum, s) => sum + s.addedUs, 0);
    overheads.push({
      device,
      data,
      family,
      precision,
      from,
      addedUs: total / added.length,
      measuredUs: median(added.map((s) => s.measuredUs)),
    });
  }
  return { samples: out, overheads };
}

/** Rows of one table stay in their order, which tells how the overhead grew. */
function byFile(group: readonly Sample[]): Sample[][] {
  return groupBy(group, (s) => s.source.slice(0, s.source.lastIndexOf(":"))).map(
    ([, rows]) => rows,
  );
}

function crossFitted(group: readonly Sample[]): Sample[] {
  return byFile(group).flatMap((rows) => {
    const positions = rows.map((_, i) => positionOf(i, rows.length));
    const grows = followsOrder(positions, rows);
    const folds = rows.map((s) => shapeHash(s.shape) % FOLDS);
    const figures = Array.from({ length: FOLDS }, (_, fold) => {
      const others = rows.flatMap((_, i) => (folds[i] === fold ? [] : [i]));
      const used = others.length > 0 ? others : rows.map((_, i) => i);
      const samples = used.map((i) => rows[i]!);
      return grows
        ? driftOf(
            samples,
            used.map((i) => positions[i]!),
          )
        : { startUs: overheadOf(samples), growthUs: 0, power: 1 };
    });
    return rows.map((s, i) => ({ ...s, addedUs: driftAt(figures[folds[i]!]!, positions[i]!) }));
  });
}

/** A growth along the table, robustly fitted to the logarithms of the times. */
function driftOf(samples: readonly Sample[], positions: readonly number[]): HarnessDrift {
  const mean = Math.max(1, overheadOf(samples));
  const at = (x: readonly number[]): HarnessDrift => ({
    startUs: Math.exp(x[0]!),
    growthUs: Math.exp(x[1]!),
    power: Math.exp(x[2]!),
  });
  const { x } = leastSquares({
    start: [Math.log(mean / 3), Math.log(mean), Math.log(1.2)],
    sigma: [1.5, 1.5, 0.3],
    count: samples.length,
    iterations: 15,
    residuals(point, out) {
      const drift = at(point);
      for (let i = 0; i < samples.length; i++) {
        const s = samples[i]!;
        out[i] = Math.log((s.modelUs + driftAt(drift, positions[i]!)) / s.measuredUs);
      }
    },
  });
  return at(x);
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
