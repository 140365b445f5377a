/**
 * Finds the staircase in times over a count (workgroups, channels): the period, how high and how
 * hard its steps are, or why the data show none.
 *
 * The model is that of the core model's blocks (cost.ts), for n units and period P:
 *
 *   t = base + step [ w ceil(n / P) + (1 - w) max(n / P, 1) ],   0 <= w <= 1
 *
 * w = 1 is a hard staircase, w = 0 a ramp with a knee. For a given P it is linear, so P is searched
 * over all whole numbers, by least squares of relative residuals made robust by Huber's weights,
 * and must beat the best ramp. What is not seen twice is not called a period: two edges, each with
 * its own jump, or none.
 */
import { median } from "../../base/stats.ts";
import { type Fit, fitRamp, fitStairs } from "./stair-fit.ts";

export interface StairPoint {
  /** Whole number of 1 or more. */
  readonly at: number;
  readonly us: number;
}

export interface Staircase {
  readonly found: true;
  readonly period: number;
  /** Periods from low to high explain the data as well, within three standard deviations. */
  readonly low: number;
  readonly high: number;
  /** Height of one step, microseconds; what does not grow with the count. */
  readonly stepUs: number;
  readonly baseUs: number;
  /** w above: 1 hard, 0 a ramp. */
  readonly hardness: number;
  /** Edges that show a jump of their own, of those inside the range. */
  readonly edgesSeen: number;
  readonly edges: number;
  /** Typical distance of a point from the model, as a fraction. */
  readonly noise: number;
  readonly confidence: "high" | "medium" | "low";
}

export interface NoStaircase {
  readonly found: false;
  readonly reason: string;
  /** Every unit adds its whole time, from the first: nothing runs side by side. */
  readonly serial: boolean;
}

const FEWEST_POINTS = 8;
/** Below this share of the growth in the steps, a curve is a ramp. */
const SOFTEST = 0.25;
/** A staircase must remove this share of the ramp's squared residuals. */
const IMPROVEMENT = 0.4;
/** Squared ratio of signal to noise that one added parameter must reach. */
const SIGNIFICANT = 25;

export function findStaircase(points: readonly StairPoint[]): Staircase | NoStaircase {
  const data = points.filter((p) => p.us > 0).sort((a, b) => a.at - b.at);
  if (data.length < FEWEST_POINTS) return none(`only ${data.length} points`);
  const last = data.at(-1)!.at;
  const ramp = fitRamp(data);
  if (isSerial(data, ramp))
    return none("the time grows by a whole workgroup with each one, from the first", true);
  const growth = data.at(-1)!.us / data[0]!.us;
  if (growth < 1.5)
    return none(`from ${data[0]!.at} to ${last} the time grows by ${percent(growth - 1)} only`);

  // Two edges inside the range, and a point beyond the second.
  const widest = Math.floor((last - 1) / 2);
  const fits: Fit[] = [];
  for (let period = 2; period <= widest; period++) fits.push(fitStairs(data, period, 1));
  fits.sort((a, b) => a.loss - b.loss);
  const robust = fits.slice(0, 40).map(({ period }) => fitStairs(data, period));
  robust.sort((a, b) => a.loss - b.loss);
  const best = robust[0];
  if (!best) return none("too few units for two edges");
  const noise = typical(data, best);
  const freedom = data.length - 4;
  const gain = ramp.loss - best.loss;
  if (best.hardness < SOFTEST || best.step <= 0)
    return none(
      `the time rises smoothly (a ramp from ${Math.round(ramp.period)} on): steps are ${percent(Math.max(0, best.hardness))} of the growth`,
    );
  if (gain < IMPROVEMENT * ramp.loss || gain * freedom < SIGNIFICANT * best.loss)
    return none(
      `steps of ${best.period} explain the times hardly better than a ramp (spread ${percent(noise)})`,
    );
  const bound = best.loss * (1 + 9 / freedom) + 1e-9 * ramp.loss;
  const rivals = robust.filter((f) => f.loss <= bound && f.hardness >= SOFTEST);
  const low = Math.min(...rivals.map((f) => f.period));
  const high = Math.max(...rivals.map((f) => f.period));
  if (high - low > 0.25 * best.period)
    return none(`periods from ${low} to ${high} explain the times equally well`);
  const { seen, edges } = confirmEdges(data, best);
  if (seen < 2)
    return none(
      `the best period, ${best.period}, has a jump of its own at ${seen} of ${edges} edges`,
    );
  const tight = (high - low) / best.period;
  const confidence =
    high === low && seen >= Math.min(edges, 3) && best.hardness >= 0.5
      ? "high"
      : tight <= 0.03 && seen >= 0.6 * edges
        ? "medium"
        : "low";
  return {
    found: true,
    period: best.period,
    low,
    high,
    stepUs: best.step,
    baseUs: best.base,
    hardness: Math.min(1, best.hardness),
    edgesSeen: seen,
    edges,
    noise,
    confidence,
  };
}

const none = (reason: string, serial = false): NoStaircase => ({ found: false, reason, serial });
const percent = (x: number): string => `${(100 * x).toFixed(0)} %`;

/** A line through the origin from the first unit on, within a tenth. */
function isSerial(data: readonly StairPoint[], ramp: Fit): boolean {
  const first = data[0]!;
  if (first.at !== 1 || ramp.period > 1.5 || ramp.step <= 0) return false;
  const early = data.filter((p) => p.at > 1 && p.at <= 8);
  if (early.length < 3) return false;
  const perUnit = early.map((p) => (p.us - ramp.base) / (p.at * ramp.step));
  const off = perUnit.filter((r) => Math.abs(r - 1) > 0.15).length;
  return off <= 0.25 * early.length && ramp.base < ramp.step;
}

/** Median distance from the model, scaled to a normal's standard deviation. */
function typical(data: readonly StairPoint[], fit: Fit): number {
  return 1.4826 * median(data.map((p) => Math.abs(p.us / fit.at(p.at) - 1)));
}

/**
 * Compares the points just before and just after each edge, the ramp taken out. A clock that
 * changes once in a sweep, or one cliff of a compiler, makes one jump and not two alike.
 */
function confirmEdges(data: readonly StairPoint[], fit: Fit) {
  const jump = fit.step * fit.hardness;
  const slope = (fit.step * (1 - fit.hardness)) / fit.period;
  const reach = Math.max(1, Math.floor(fit.period / 3));
  const last = data.at(-1)!.at;
  let seen = 0;
  let edges = 0;
  for (let edge = fit.period; edge < last; edge += fit.period) {
    const level = (low: number, high: number) => {
      const inside = data.filter((p) => p.at >= low && p.at <= high);
      return inside.length === 0
        ? undefined
        : median(inside.map((p) => p.us - slope * Math.max(0, p.at - fit.period)));
    };
    const before = level(edge - reach + 1, edge);
    const after = level(edge + 1, edge + reach);
    if (before === undefined || after === undefined) continue;
    edges++;
    const height = (after - before) / jump;
    if (height > 0.4 && height < 1.8) seen++;
  }
  return { seen, edges };
}
