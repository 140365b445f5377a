/**
 * The clock that a board can hold within its power budget.
 *
 * Dynamic power is C f V^2; along a chip's voltage curve V rises about linearly with f, so that
 * P(f) = P0 + k f^3 near the top. Boards above 75 W hold their boost clock in the FP32 kernels of
 * the public measurements; those of 75 W and less do not (T4, L4 and P4 sustain 0.35-0.5 of it).
 */

/** At or below this a discrete board has no power connector of its own. */
export const POWER_CAP_WATTS = 75;

/** Watts of one FP32 lane at 1 GHz under full load, at a voltage for 1 GHz; by architecture. */
const WATTS_PER_LANE_GHZ3: Readonly<Record<string, number>> = {
  pascal: 0.06,
  turing: 0.045,
  ada: 0.0065,
};
/** Share of the budget that memory, fans and leakage take whatever the clock. */
const STATIC_SHARE = 0.3;

export function cappedClockMhz(board: {
  readonly architecture: string;
  readonly smCount: number;
  readonly lanesPerSm: number;
  readonly boostMhz: number;
  readonly tdpWatts: number;
}): number {
  const watts = WATTS_PER_LANE_GHZ3[board.architecture];
  if (watts === undefined || board.tdpWatts > POWER_CAP_WATTS) return board.boostMhz;
  const dynamic = (1 - STATIC_SHARE) * board.tdpWatts;
  const ghz = Math.cbrt(dynamic / (watts * board.smCount * board.lanesPerSm));
  return Math.min(board.boostMhz, 1000 * ghz);
}
