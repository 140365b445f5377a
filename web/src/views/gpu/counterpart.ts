/** Which kernel of the other side does what a kernel of this one does. */
import { comparePredictions } from "../../../../src/gpu/compare.ts";
import type { Kernel } from "../../../../src/gpu/types.ts";
import type { Side } from "./evaluate.ts";

/**
 * The longest kernel of the unit that stands against the picked one's; where the same number of
 * kernels stands on both sides, the one in its place.
 *
 * @returns its position; undefined where the other side has nothing of that kind
 */
export function counterpart(a: Side, b: Side, picked: number): number | undefined {
  const kernel = a.prediction.kernels[picked]!;
  const { units } = comparePredictions(a.prediction, b.prediction);
  const unit = units.find((u) => u.a?.kernels.includes(kernel) === true);
  if (unit?.b === null || unit?.b === undefined) return undefined;
  const own = unit.a!.kernels;
  const other: Kernel =
    own.length === unit.b.kernels.length ? unit.b.kernels[own.indexOf(kernel)]! : unit.b.longest;
  return b.prediction.kernels.indexOf(other);
}
