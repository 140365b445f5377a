/** A measured speed-up in words. */
import type { SideTime } from "../../dynamic/evaluation/timing.ts";

/** Ends that are further apart than this, as a share of the speed-up, are worth saying. */
const SPREAD = 0.05;

/** For people, e.g. `1.95x`, or `1.95x (1.50 to 2.40 over rounds)` where the rounds differ. */
export function speedupText({ speedup, speedupRange: [low, high] }: SideTime): string {
  const text = `${speedup.toFixed(2)}x`;
  return high - low > SPREAD * speedup
    ? `${text} (${low.toFixed(2)} to ${high.toFixed(2)} over rounds)`
    : text;
}
