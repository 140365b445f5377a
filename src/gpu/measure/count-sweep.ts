/**
 * Sweeps the number of workgroups of a kernel and finds its staircase: doubling first, to see where
 * the time begins to grow; then one by one over several waves, or, where those are too many, a
 * scattered sample with every count close to an edge.
 */
import { sum } from "../../base/stats.ts";
import { scattered } from "./counts.ts";
import { affordable, type Pace, type Recorder, roundsFor } from "./recorder.ts";
import { findStaircase, type NoStaircase, type Staircase } from "./staircase.ts";
import type { Measurement, Workload } from "./types.ts";

/** Waves that a sweep covers by the first estimate: at least two edges, and a third to confirm. */
const WAVES = 3.5;
/** Doubling stops at this many times the first time. */
const GROWN = 12;
const FEWEST_COUNTS = 12;

export interface CountSweep {
  readonly make: (count: number) => Workload;
  /** Time of a kernel that does nothing, microseconds. */
  readonly launchUs: number;
  readonly pace: Pace;
  readonly mostPoints: number;
  /** Largest count that may be asked for. */
  readonly mostCounts: number;
}

export interface Scouted {
  /** Counts at which the time grows by one more first time, by its slope. */
  readonly period: number;
  readonly firstUs: number;
}

/** Where the time grows; undefined where it does not, up to the largest count. */
export async function scout(
  recorder: Recorder,
  { make, launchUs, mostCounts }: CountSweep,
): Promise<Scouted | undefined> {
  const times: { count: number; us: number }[] = [];
  for (let count = 1; count <= mostCounts; count *= 2) {
    times.push({ count, us: await recorder.probe(make(count)) });
    const first = times[0]!.us;
    if (times.at(-1)!.us > GROWN * first) break;
  }
  const first = times[0]!;
  const last = times.at(-1)!;
  if (!(last.us > 2.5 * first.us)) return undefined;
  // From where it has doubled: before that the slope is that of the first wave.
  const from = times.find((t) => t.us > 1.9 * first.us && t.count < last.count) ?? first;
  const own = Math.max(first.us - launchUs, 0.1 * first.us);
  const period = (own * (last.count - from.count)) / Math.max(last.us - from.us, 1e-9);
  return { period: Math.min(Math.max(1, period), last.count), firstUs: first.us };
}

export async function sweepCounts(
  recorder: Recorder,
  sweep: CountSweep,
): Promise<Staircase | NoStaircase> {
  const scouted = await scout(recorder, sweep);
  if (!scouted)
    return {
      found: false,
      serial: false,
      reason: `the time does not grow up to ${sweep.mostCounts} workgroups`,
    };
  const { make, pace, mostPoints, mostCounts } = sweep;
  const last = Math.min(mostCounts, Math.max(FEWEST_COUNTS, Math.ceil(WAVES * scouted.period)));
  const perRound = (some: readonly number[]) =>
    scouted.firstUs * sum(some.map((n) => Math.max(1, n / scouted.period)));
  const all = perRound(scattered(last, last));
  const counts = scattered(last, Math.min(mostPoints, affordable(pace, all, last)));
  const run = (some: readonly number[]) =>
    recorder.run(some.map(make), roundsFor(pace, perRound(some)));
  const points = await run(counts);
  const first = findStaircase(asPoints(points));
  if (counts.length === last || !first.found) return first;

  const done = new Set(counts);
  const stride = Math.ceil(last / counts.length);
  const reach = Math.max(2 * stride, Math.ceil(0.5 * (first.high - first.low)) + stride);
  const close: number[] = [];
  for (let edge = first.period, k = 1; edge < last && k <= 3; k++, edge += first.period)
    for (let n = Math.max(1, edge - k * reach); n <= Math.min(last, edge + k * reach); n++)
      if (!done.has(n)) {
        done.add(n);
        close.push(n);
      }
  points.push(...(await run(close)));
  return findStaircase(asPoints(points));
}

export const asPoints = (measurements: readonly Measurement[]) =>
  measurements.map((m) => ({ at: m.workgroups, us: m.medianUs }));
