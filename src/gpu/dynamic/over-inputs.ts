/**
 * Time over the distribution of inputs: the batch's demands are sums over its images, and the time is
 * read at the sums. E[T(sum)] is not T(E[sum]), and neither is it a sum of FLOPs times probabilities:
 * times are staircases.
 */
import { UserError } from "../../base/errors.ts";
import { stream } from "../../base/rng.ts";
import { quantile } from "../../base/stats.ts";
import type { Population, WeightedRow } from "./population.ts";
import { canConvolve, sumDistribution } from "./sums.ts";

export interface OverInputsOptions {
  /** Default 0.5, 0.9, 0.99. */
  readonly quantiles?: readonly number[];
  /** Batches drawn where the distribution is too large to list; default 2000. */
  readonly draws?: number;
  /** Of the draws; default 0. */
  readonly seed?: number;
}

export interface TimeOverInputs {
  readonly batch: number;
  readonly expectedUs: number;
  /** Of batches that can occur; of the drawn ones and of batches of equal images where sampled. */
  readonly bestUs: number;
  readonly worstUs: number;
  readonly quantiles: readonly { readonly q: number; readonly us: number }[];
  /** Mean demand of a batch, one a column. */
  readonly meanDemand: readonly number[];
  readonly method: "exact" | "sampled";
  /** Of `expectedUs`; 0 where exact. */
  readonly standardErrorUs: number;
  /** Batches looked at. */
  readonly batches: number;
}

interface Outcome {
  readonly us: number;
  readonly probability: number;
}

/** Batches that are listed one by one at most. */
const MOST_BATCHES = 20_000;
const DRAWS = 2000;

/**
 * Exact where one column's sum can be convolved or the batches can be listed (their distinct images in
 * any number); else by a seeded stream.
 *
 * @param timeUs the time of a batch by its demands
 * @throws UserError for a batch, quantile or number of draws that cannot be
 */
export function timeOverInputs(
  timeUs: (totals: readonly number[]) => number,
  population: Population,
  batch: number,
  options: OverInputsOptions = {},
): TimeOverInputs {
  const { quantiles = [0.5, 0.9, 0.99], draws = DRAWS, seed = 0 } = options;
  check(batch, quantiles, draws);
  const one = population.columns === 1 ? population.marginal(0) : undefined;
  const { rows } = population;
  const exact =
    one !== undefined && canConvolve(one.length, batch)
      ? convolved(timeUs, sumDistribution(one, batch))
      : rows !== undefined && multisets(rows.length, batch) <= MOST_BATCHES
        ? listed(timeUs, rows, batch)
        : undefined;
  const meanDemand = Array.from({ length: population.columns }, (_, column) => {
    let mean = 0;
    population.marginal(column).forEach((p, n) => {
      mean += batch * p * n;
    });
    return mean;
  });
  const rest = { batch, meanDemand };
  if (exact !== undefined) return { ...rest, ...summary(exact, quantiles) };
  return { ...rest, ...sampled(timeUs, population, batch, { quantiles, draws, seed }) };
}

function check(batch: number, quantiles: readonly number[], draws: number): void {
  const wrong = (message: string, hint: string): UserError =>
    new UserError(message, { hint, exitCode: 2 });
  if (!(Number.isInteger(batch) && batch >= 1))
    throw wrong(
      `batch ${batch}, expected a whole number of at least 1`,
      "give the images of a batch",
    );
  if (!(Number.isInteger(draws) && draws >= 2))
    throw wrong(`${draws} draws, expected a whole number of at least 2`, `the default is ${DRAWS}`);
  for (const q of quantiles)
    if (!(q >= 0 && q <= 1))
      throw wrong(`quantile ${q}, expected a number from 0 to 1`, "e.g. 0.99");
}

function convolved(
  timeUs: (totals: readonly number[]) => number,
  sums: Float64Array,
): readonly Outcome[] {
  const out: Outcome[] = [];
  sums.forEach((probability, total) => {
    if (probability > 0) out.push({ us: timeUs([total]), probability });
  });
  return out;
}

/** Batches of `images` that differ in how many there are of each of `rows` kinds: (b + r - 1 over b). */
export function multisets(rows: number, images: number): number {
  let count = 1;
  for (let i = 1; i < rows; i++) {
    count = (count * (images + i)) / i;
    if (count > 1e12) return count;
  }
  return Math.round(count);
}

/** All batches with their multinomial probabilities. Goes as deep as there are rows, but for single images. */
function listed(
  timeUs: (totals: readonly number[]) => number,
  rows: readonly WeightedRow[],
  batch: number,
): readonly Outcome[] {
  if (batch === 1)
    return rows.map(({ demand, probability }) => ({ us: timeUs(demand), probability }));
  const logFactorial = [0];
  for (let i = 1; i <= batch; i++) logFactorial.push(logFactorial[i - 1]! + Math.log(i));
  const merged = new Map<string, { totals: readonly number[]; probability: number }>();
  const go = (row: number, left: number, totals: readonly number[], log: number): void => {
    const { demand, probability } = rows[row]!;
    const last = row === rows.length - 1;
    for (let k = last ? left : 0; k <= left; k++) {
      const sums = totals.map((t, i) => t + k * demand[i]!);
      const next = log + k * Math.log(probability) - logFactorial[k]!;
      if (!last) {
        go(row + 1, left - k, sums, next);
        continue;
      }
      const p = Math.exp(next);
      const key = sums.join();
      const known = merged.get(key);
      if (known === undefined) merged.set(key, { totals: sums, probability: p });
      else known.probability += p;
    }
  };
  go(
    0,
    batch,
    rows[0]!.demand.map(() => 0),
    logFactorial[batch]!,
  );
  return [...merged.values()].map((m) => ({ us: timeUs(m.totals), probability: m.probability }));
}

function summary(outcomes: readonly Outcome[], quantiles: readonly number[]) {
  const sorted = [...outcomes].sort((a, b) => a.us - b.us);
  let total = 0;
  let expectedUs = 0;
  for (const { us, probability } of sorted) {
    total += probability;
    expectedUs += us * probability;
  }
  const at = (q: number): number => {
    let sum = 0;
    for (const { us, probability } of sorted) {
      sum += probability;
      // Rounding of many small terms.
      if (sum >= q * total - 1e-12) return us;
    }
    return sorted.at(-1)!.us;
  };
  return {
    expectedUs: expectedUs / total,
    bestUs: sorted[0]!.us,
    worstUs: sorted.at(-1)!.us,
    quantiles: quantiles.map((q) => ({ q, us: at(q) })),
    method: "exact" as const,
    standardErrorUs: 0,
    batches: sorted.length,
  };
}

function sampled(
  timeUs: (totals: readonly number[]) => number,
  population: Population,
  batch: number,
  { quantiles, draws, seed }: Required<OverInputsOptions>,
) {
  const rng = stream(seed, "gpu/dynamic/over-inputs");
  const times = new Float64Array(draws);
  for (let d = 0; d < draws; d++) {
    const totals = Array.from({ length: population.columns }, () => 0);
    for (let i = 0; i < batch; i++)
      population.draw(rng).forEach((count, column) => {
        totals[column]! += count;
      });
    times[d] = timeUs(totals);
  }
  const expectedUs = times.reduce((a, b) => a + b, 0) / draws;
  const variance = times.reduce((sum, t) => sum + (t - expectedUs) ** 2, 0) / (draws - 1);
  const extremes = (population.rows ?? []).map((row) => timeUs(row.demand.map((n) => n * batch)));
  return {
    expectedUs,
    bestUs: Math.min(...times, ...extremes),
    worstUs: Math.max(...times, ...extremes),
    quantiles: quantiles.map((q) => ({ q, us: quantile(times, q) })),
    method: "sampled" as const,
    standardErrorUs: Math.sqrt(variance / draws),
    batches: draws,
  };
}
