/**
 * What images ask of a dynamic network: for each image a row of whole numbers, one a column (active
 * blocks of a region; 1 or 0 for a stage or layer that the image needs or not). Images of a batch are
 * drawn independently; the columns of one image may depend on each other.
 */
import { UserError } from "../../base/errors.ts";
import type { Rng } from "../../base/rng.ts";

/** Probability of each whole number from 0 on. */
export type Histogram = Float64Array;

export interface Population {
  readonly columns: number;
  /** The distribution of one column. */
  marginal(column: number): Histogram;
  /** Distinct rows with their probabilities, where they can be listed. */
  readonly rows: readonly WeightedRow[] | undefined;
  draw(rng: Rng): readonly number[];
}

export interface WeightedRow {
  readonly demand: readonly number[];
  readonly probability: number;
}

/**
 * Images as they were measured, each with the same weight.
 *
 * @param images for each image its demands, one a column
 * @throws UserError where there is no image, rows differ in length, or a demand is no whole number
 */
export function empirical(images: readonly (readonly number[])[]): Population {
  const first = images[0];
  if (first === undefined || first.length === 0)
    throw wrong("no images", "give the counts of at least one image");
  const counts = new Map<string, { demand: readonly number[]; images: number }>();
  images.forEach((demand, i) => {
    if (demand.length !== first.length)
      throw wrong(
        `image ${i} has ${demand.length} counts, image 0 has ${first.length}`,
        "give one count for each region or stage",
      );
    for (const count of demand)
      if (!(Number.isInteger(count) && count >= 0))
        throw wrong(
          `image ${i} has the count ${count}`,
          "counts are whole numbers of at least 0, per image",
        );
    const key = demand.join();
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { demand: [...demand], images: 1 });
    else known.images++;
  });
  return weighted(
    [...counts.values()].map((c) => ({ demand: c.demand, probability: c.images / images.length })),
  );
}

/** @param rows probabilities sum to 1; rows of probability 0 are dropped */
export function weighted(rows: readonly WeightedRow[]): Population {
  const own = rows.filter((row) => row.probability > 0);
  const columns = own[0]?.demand.length ?? 0;
  const cumulative: number[] = [];
  let sum = 0;
  for (const row of own) {
    sum += row.probability;
    cumulative.push(sum);
  }
  return {
    columns,
    rows: own,
    marginal(column) {
      const most = Math.max(...own.map((row) => row.demand[column]!));
      const out = new Float64Array(most + 1);
      for (const row of own) out[row.demand[column]!]! += row.probability;
      return out;
    },
    draw(rng) {
      const at = rng.float() * sum;
      let low = 0;
      let high = own.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (cumulative[middle]! > at) high = middle;
        else low = middle + 1;
      }
      return own[low]!.demand;
    },
  };
}

/** Columns of 0 and 1 that do not depend on each other. @param probabilities of 1, in [0, 1] */
export function independent(probabilities: readonly number[]): Population {
  probabilities.forEach((p, i) => {
    if (!(p >= 0 && p <= 1))
      throw wrong(`probability ${p} of column ${i}`, "give numbers from 0 to 1");
  });
  return {
    columns: probabilities.length,
    rows: undefined,
    marginal: (column) => Float64Array.of(1 - probabilities[column]!, probabilities[column]!),
    draw: (rng) => probabilities.map((p) => (rng.float() < p ? 1 : 0)),
  };
}

function wrong(message: string, hint: string): UserError {
  return new UserError(`inputs: ${message}`, { hint, exitCode: 2 });
}
