/** What the page asks its worker, and what it answers. */
import type { Device } from "../../../../src/gpu/device.ts";
import type { HostMode, Precision, Prediction } from "../../../../src/gpu/types.ts";
import type { Graph, ValueType } from "../../../../src/graph/types.ts";
import type { FreeDimension } from "../../../../src/ops/free-dims.ts";
import type { Gap, Totals } from "../../../../src/ops/types.ts";
import type { ApiError } from "../../../../src/server/api/types.ts";
import type { Expansion } from "../../graph-view/expansion.ts";
import type { Outline } from "../../graph-view/outline.ts";
import type { Scene } from "../../graph-view/scene.ts";

/** Sizes of what the network leaves free. */
export interface Sizes {
  /** Undefined: what the network fixes, else 1. */
  readonly batch: number | undefined;
  readonly bind: Readonly<Record<string, number>>;
}

/** Counts, by item of the outline. */
export interface Facts {
  readonly batch: number;
  readonly macs: Float64Array;
  readonly flops: Float64Array;
  readonly params: Float64Array;
  readonly bytesRead: Float64Array;
  readonly bytesWritten: Float64Array;
  /** Why an item is not counted; undefined for most. */
  readonly uncounted: readonly (string | undefined)[];
  /** When an item runs that stands in a branch (If, Loop, Scan) and counts in no sum of the network. */
  readonly conditional: readonly (string | undefined)[];
  readonly types: ReadonlyMap<string, ValueType>;
  readonly totals: Totals;
  readonly gaps: readonly Gap[];
}

export interface KernelMore {
  readonly registersPerThread: number;
  readonly sharedBytesPerBlock: number;
}

/** A prediction, by kernel and by item of the outline. A kernel counts for the first of its nodes. */
export interface Costs {
  readonly prediction: Prediction;
  /** One for each of the prediction's kernels. */
  readonly more: readonly KernelMore[];
  /** Positions in the prediction's kernels. */
  readonly kernelsOf: readonly (readonly number[])[];
  /** The item that this one's kernel counts for; -1: its own, or none. */
  readonly within: Int32Array;
  readonly timeUs: Float64Array;
  /** Share of the last wave that stays empty, summed over kernels that lose time to it. */
  readonly lostWaves: Float64Array;
  /** Time that idle SMs take, as the advice counts it; microseconds. */
  readonly tailUs: Float64Array;
  readonly dramBytes: Float64Array;
}

export interface Opened {
  readonly outline: Outline;
  /** Dimensions other than the batch that the network leaves free. */
  readonly free: readonly FreeDimension[];
  readonly facts: Facts | undefined;
  /** Why there are no facts. */
  readonly error: ApiError | undefined;
}

export interface Calls {
  open: { readonly ask: { readonly graph: Graph; readonly sizes: Sizes }; readonly answer: Opened };
  resize: { readonly ask: { readonly sizes: Sizes }; readonly answer: Facts };
  predict: {
    readonly ask: {
      readonly device: Device;
      readonly precision: Precision;
      readonly host: HostMode;
    };
    readonly answer: Costs;
  };
  layout: { readonly ask: { readonly expansion: Expansion }; readonly answer: Scene };
}

export interface Call {
  readonly id: number;
  readonly kind: keyof Calls;
  readonly ask: unknown;
}

export type Answer =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: ApiError };
