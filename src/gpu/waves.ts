/** Waves of thread blocks over the slots of a GPU, and the tail that the last one leaves. */
import { invariant } from "../base/errors.ts";

export interface Waves {
  readonly waves: number;
  /** Fill of the last wave, (0, 1]. */
  readonly tailFill: number;
  /** blocks / (waves x slots), (0, 1]. */
  readonly smUtilization: number;
}

/** @param slots SM count x resident blocks of one SM */
export function waves(blocks: number, slots: number): Waves {
  invariant(blocks > 0 && slots > 0, `waves of ${blocks} blocks on ${slots} slots`);
  const count = Math.ceil(blocks / slots);
  const rest = blocks - (count - 1) * slots;
  return { waves: count, tailFill: rest / slots, smUtilization: blocks / (count * slots) };
}
