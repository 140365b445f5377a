/** What a report of a dynamic network is made of. */
import type { Summary } from "../../dynamic/evaluation/outcomes.ts";
import type { PredictedTime } from "../../dynamic/evaluation/predicted.ts";
import type { Comparison } from "../../dynamic/evaluation/reference.ts";
import type { ExitChoice } from "../../dynamic/evaluation/thresholds.ts";
import type { SideTime } from "../../dynamic/evaluation/timing.ts";
import type { GalleryPicture } from "../../dynamic/pictures/gallery.ts";

/** As `tidemark dynamic run --format json` prints it. */
export interface RunResult extends Summary {
  readonly network: string;
  readonly data: string;
  readonly split: string;
  readonly dense?: Comparison;
  readonly times: readonly { readonly batch: number; readonly sides: readonly SideTime[] }[];
  readonly predicted: readonly PredictedTime[];
}

export interface DynamicReport {
  readonly version: string;
  readonly run: RunResult;
  /** What other thresholds would have come to on the same samples. */
  readonly tradeOff: readonly ExitChoice[];
  /** Multiply-accumulates and exit of each input. */
  readonly macs: Float64Array;
  readonly exits: Int32Array;
  /** Absent where the samples are no images. */
  readonly gallery?: {
    readonly cheap: readonly GalleryPicture[];
    readonly dear: readonly GalleryPicture[];
  };
  readonly notes: readonly string[];
}

/** Name of an exit by its index. */
export const exitName = ({ exits }: RunResult, exit: number) => exits[exit]?.name ?? "end";

/** Exits but the end. */
export const exitCount = ({ exits }: RunResult) => exits.length - 1;
