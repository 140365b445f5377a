import { type AxisKind, extent } from "./axis.ts";
import type { Measured } from "./decode.ts";

/**
 * Where the choice is, in an axis' uniform coordinate: the front without the fifth that is worst in
 * what is maximised (designs that do little, fast), and a margin towards the worse so that the cloud
 * behind the front shows.
 */
export function frontRange(
  kind: AxisKind,
  measured: Measured,
  front: readonly number[],
): [number, number] {
  const sorted = front.map((i) => measured.data[i]!).sort((a, b) => a - b);
  const maximised = measured.goal === "maximize";
  const kept = maximised ? sorted.slice(Math.floor(sorted.length / 5)) : sorted;
  const near = extent(kind, kept, 0.06);
  const far = extent(kind, kept, 0.25);
  return maximised ? [far[0], near[1]] : [near[0], far[1]];
}
