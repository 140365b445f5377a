/** What a report is made of, as plain JSON: it travels inside the HTML file. */
import type { Json } from "../base/json.ts";
import type { Device } from "../gpu/device.ts";
import type { HostMode, Precision } from "../gpu/types.ts";
import type { Constraint, Goal, StudyState } from "../study/types.ts";
import type { EncodedColumn } from "./encode.ts";

export const REPORT_FORMAT = "tidemark-report/1";

export interface ReportObjective {
  readonly name: string;
  /** e.g. `ms`, `%`; "" for a pure number. */
  readonly unit: string;
  readonly goal: Goal;
  /** Inputs that one value is for, where that is more than one: a latency of a whole batch. */
  readonly batch?: number;
}

export interface ReportData {
  readonly format: typeof REPORT_FORMAT;
  /** Of Tidemark. */
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly generatedAt: string;
  readonly study: {
    readonly id: number;
    readonly name: string;
    readonly state: StudyState;
    /** ISO 8601, UTC. */
    readonly createdAt: string;
    /** Wall-clock time that the evaluations took; null where the store does not know. */
    readonly durationMs: number | null;
    /** As stored: what `tidemark explore` would run again. */
    readonly spec: Json;
  };
  /** What was asked, in the order to be shown: space, search, seed, device, … */
  readonly asked: readonly { readonly label: string; readonly text: string }[];
  /** Designs in the space; null where it is not finite or not known. */
  readonly spaceSize: number | null;
  readonly objectives: readonly ReportObjective[];
  readonly constraints: readonly Omit<Constraint, "stage">[];
  /** What the numbers rest on. */
  readonly notes: readonly string[];
  readonly trials: ReportTrials;
  /** Columns of the design that only name it, as in a table of measured networks. */
  readonly names: readonly string[];
  /** Numbers of the trials that no other dominates. */
  readonly front: readonly number[];
  readonly hypervolume: { readonly value: number; readonly reference: readonly number[] } | null;
  /** Absent for spaces whose designs are not networks that the page can build. */
  readonly network: NetworkContext | null;
}

/** Trials by column; row `i` is trial `i`. */
export interface ReportTrials {
  readonly count: number;
  readonly state: EncodedColumn;
  readonly design: readonly EncodedColumn[];
  /** Objectives, constraint values and whatever else was computed. */
  readonly values: readonly EncodedColumn[];
}

/** How the page builds a design's network and predicts its kernels. */
export interface NetworkContext {
  readonly space: NetworkSpace;
  /** Where and how the study timed it; at least one. */
  readonly timings: readonly Timing[];
}

export type NetworkSpace =
  | { readonly kind: "nasbench201"; readonly classes: number; readonly resolution: number }
  | {
      readonly kind: "zoo";
      readonly network: string;
      readonly fixed: Readonly<Record<string, string | number>>;
    };

export interface Timing {
  /** Column that the page's prediction must reproduce, and which of its times it holds. */
  readonly value: string;
  readonly field: "latencyMs" | "gpuMs";
  /** As parsed; every number in it is finite. */
  readonly device: Device;
  readonly precision: Precision;
  readonly batch: number;
  readonly host: HostMode;
  /** Whatever else the study set, by the predictor's names. */
  readonly more: Readonly<Record<string, Json>>;
}
