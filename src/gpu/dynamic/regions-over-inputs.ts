/** A region's time over measured inputs: counts of active blocks, image by image. */
import { UserError } from "../../base/errors.ts";
import { type OverInputsOptions, type TimeOverInputs, timeOverInputs } from "./over-inputs.ts";
import { empirical, type Population } from "./population.ts";
import type { DynamicRegion } from "./region.ts";

/**
 * Time of a batch of the region's size over images drawn from `counts`.
 *
 * @param counts active blocks of each measured image, 0 to the blocks of one image
 * @throws UserError where a count is more than an image has
 */
export function regionTimeOverInputs(
  region: DynamicRegion,
  counts: readonly number[],
  options: OverInputsOptions = {},
): TimeOverInputs {
  const population = countPopulation(
    [region],
    counts.map((count) => [count]),
  );
  const { batch } = region.plan.structure.output;
  return timeOverInputs(([n]) => region.time(n!).latencyUs, population, batch, options);
}

/** @param images for each image its active blocks, one a region */
export function countPopulation(
  regions: readonly DynamicRegion[],
  images: readonly (readonly number[])[],
): Population {
  images.forEach((row, i) => {
    if (row.length !== regions.length)
      throw wrong(
        `image ${i} has ${row.length} counts for ${regions.length} regions`,
        "give one count for each region, in the order of the plan",
      );
    row.forEach((count, r) => {
      const { rows, columns } = regions[r]!.plan.grid;
      if (count > rows * columns)
        throw wrong(
          `image ${i} has ${count} active blocks in region ${regions[r]!.name}, which has ${rows * columns} an image`,
          "give counts of one image, not of a batch",
        );
    });
  });
  return empirical(images);
}

function wrong(message: string, hint: string): UserError {
  return new UserError(`inputs: ${message}`, { hint, exitCode: 2 });
}
