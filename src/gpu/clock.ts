/**
 * The clock that a board holds within its power budget.
 *
 * Dynamic power is C f V^2, and V rises about linearly with f near the top of a chip's voltage
 * curve, so P(f) = P0 + a k f^3, where `a` is the activity: the share of issue slots in use, plus a
 * part for DRAM traffic. The board throttles to the f at which P(f) is its limit:
 * f / boost = min(1, cbrt(budget / a)), with budget = (TDP - P0) / (k boost^3).
 *
 * Idle parts of the chip are what lets a small kernel run at full boost on a board that throttles
 * under a large one; both are seen in the public measurements.
 */

/** At or below this a discrete board has no power connector of its own, and throttles hard. */
export const POWER_CAP_WATTS = 75;

/**
 * Watts of one FP32 lane with every slot in use, at the voltage of 1 GHz. Set by hand, so that boards
 * of 75 W and less come out at their published sustained FP32 rates (P4, T4, L4); no fit, and used
 * only where such a board has no calibration of its own. Architectures without such a board borrow
 * from their neighbours.
 */
const WATTS_PER_LANE: Readonly<Record<string, number>> = {
  maxwell: 0.045,
  pascal: 0.045,
  volta: 0.012,
  turing: 0.012,
  ampere: 0.011,
  ada: 0.0052,
  hopper: 0.004,
  blackwell: 0.004,
};
/** Share of the limit that memory, fans and leakage take at any clock. */
const STATIC_SHARE = 0.3;

/** Power of DRAM at full bandwidth, as a share of that of all lanes in use. */
export const DRAM_ACTIVITY = 0.25;

/**
 * The power budget of a discrete board of 75 W or less, in units of full activity at boost; 1 for
 * others: boards above 75 W are rated to hold boost under FP32 load.
 */
export function budgetByDataSheet(board: {
  readonly architecture: string;
  readonly integrated: boolean;
  readonly smCount: number;
  readonly lanesPerSm: number;
  readonly boostMhz: number;
  readonly tdpWatts: number;
}): number {
  const watts = WATTS_PER_LANE[board.architecture];
  if (watts === undefined || board.integrated || board.tdpWatts > POWER_CAP_WATTS) return 1;
  const full = watts * board.smCount * board.lanesPerSm * (board.boostMhz / 1000) ** 3;
  return Math.min(1, ((1 - STATIC_SHARE) * board.tdpWatts) / full);
}

/** f / boost under this activity; `budget` as above. */
export function throttle(activity: number, budget: number): number {
  return activity <= budget ? 1 : Math.cbrt(budget / activity);
}
