/** What stands beside a predicted time. */
import type { PredictedTime } from "../../dynamic/evaluation/predicted.ts";

/** For people: what is counted as on, and where the dynamic network is not expected to pay. */
export function predictedNotes({ regionsOn, speedup }: PredictedTime): readonly string[] {
  return [
    ...(regionsOn ? ["channels counted as kept"] : []),
    ...(Number(speedup.toFixed(2)) < 1
      ? ["slower than dense: the dynamic network does not pay there"]
      : []),
  ];
}
