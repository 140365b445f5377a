/** Predictions made in the page, for the designs that the reader looks at. */

import type { Prediction } from "../../gpu/types.ts";
import type { Timing } from "../data.ts";
import { designOf } from "../decode.ts";
import { predictDesign } from "../network.ts";
import type { Model } from "./model.ts";

export type Predicted =
  | { readonly ok: true; readonly prediction: Prediction; readonly stored: number }
  | { readonly ok: false; readonly reason: string };

export interface Predictions {
  readonly timings: readonly Timing[];
  of(row: number, timing: Timing): Predicted;
}

const REMEMBERED = 32;

export function createPredictions(model: Model): Predictions | undefined {
  const { network } = model.data;
  if (!network) return undefined;
  const known = new Map<string, Predicted>();
  const compute = (row: number, timing: Timing): Predicted => {
    try {
      const design = designOf(model.trials, row);
      return {
        ok: true,
        prediction: predictDesign(network.space, design, timing),
        stored: model.measured(timing.value).data[row]!,
      };
    } catch (error) {
      return { ok: false, reason: error instanceof Error ? error.message : String(error) };
    }
  };
  return {
    timings: network.timings,
    of(row, timing) {
      const key = `${row} ${timing.value}`;
      let found = known.get(key);
      if (!found) {
        found = compute(row, timing);
        if (known.size >= REMEMBERED) known.delete(known.keys().next().value!);
        known.set(key, found);
      }
      return found;
    },
  };
}

/** The page's time over the stored one differs by more than rounding. */
export function disagrees(predicted: Predicted & { ok: true }, timing: Timing): boolean {
  const { prediction, stored } = predicted;
  return Math.abs(prediction[timing.field] - stored) > 1e-9 * Math.abs(stored);
}
