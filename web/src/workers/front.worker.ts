/** Fronts and histories off the page's thread. */
import { frontOf, type Progress, progressOf } from "./front-of.ts";
import { answer } from "./worker-side.ts";

export type FrontTask =
  | {
      readonly kind: "front";
      /** Names of the columns, for who asks. */
      readonly of: readonly string[];
      readonly columns: readonly Float64Array[];
      readonly counted: Uint8Array;
    }
  | {
      readonly kind: "progress";
      readonly of: readonly string[];
      readonly columns: readonly Float64Array[];
      readonly counted: Uint8Array;
      readonly complete: Uint8Array;
      readonly given: readonly (number | undefined)[];
    };
export type FrontAnswer = Uint32Array | Progress;

answer((task: FrontTask) =>
  task.kind === "front"
    ? frontOf(task.columns, task.counted)
    : progressOf(task.columns, task.counted, task),
);
