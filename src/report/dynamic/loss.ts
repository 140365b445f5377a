/** What a dynamic network loses against the dense one, in words. */
import type { Comparison } from "../../dynamic/evaluation/reference.ts";

/** For people, e.g. `0.43 points lost, standard error 0.09`. */
export function lossText({ loss, lossError }: Comparison): string {
  const points = (x: number) => (100 * x).toFixed(2);
  return `${points(Math.abs(loss))} points ${loss < 0 ? "gained" : "lost"}, standard error ${points(lossError)}`;
}
