/** How many trials have which state, by its code. */
import { TRIAL_STATES } from "../../../src/study/block.ts";

export function countStates(states: Uint8Array): number[] {
  const counts = TRIAL_STATES.map(() => 0);
  for (const code of states) counts[code]!++;
  return counts;
}
