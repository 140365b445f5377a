/** What the server's JSON says, for both ends. `schemas.ts` holds the same as zod schemas. */
import type { Json } from "../../base/json.ts";

export type StudyState = "running" | "finished" | "interrupted";
export type Goal = "minimize" | "maximize";

export interface ObjectiveInfo {
  readonly name: string;
  /** e.g. `ms`, `%`, `MAC`; "" for a pure number. */
  readonly unit: string;
  readonly goal: Goal;
  readonly stage: number;
}

export interface ConstraintInfo {
  readonly name: string;
  readonly op: "<=" | ">=";
  readonly bound: number;
  readonly stage: number;
}

/** A study in the list. */
export interface StudyRow {
  readonly id: number;
  readonly name: string;
  readonly state: StudyState;
  readonly trials: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly space: string;
  readonly algorithm: string;
  readonly seed: number;
  readonly objectives: readonly ObjectiveInfo[];
  /** Markdown, as the user wrote it; "" for none. */
  readonly note: string;
}

export interface StudyList {
  /** What the store's file is called. */
  readonly store: string;
  /** Whether studies can be started, stopped and annotated; false in an exported page. */
  readonly writable: boolean;
  readonly studies: readonly StudyRow[];
}

export interface StudyDetail extends StudyRow {
  /** Trials that failed. */
  readonly failed: number;
  readonly constraints: readonly ConstraintInfo[];
  /** What the numbers rest on. */
  readonly rests: readonly string[];
  /** Designs in the space; null where it is not finite. */
  readonly size: number | null;
  readonly spec: Json;
}

/** Of the event stream: what changed, not the data itself. */
export type StoreEvent =
  /** A study came, went or was renamed or annotated: read the list again. */
  | { readonly kind: "studies" }
  /** A study has more trials, or another state. */
  | {
      readonly kind: "study";
      readonly id: number;
      readonly state: StudyState;
      readonly trials: number;
    }
  /** The store cannot be read at the moment. */
  | { readonly kind: "problem"; readonly error: ApiError };

export interface ApiError {
  readonly message: string;
  /** What to do. */
  readonly hint?: string;
}
