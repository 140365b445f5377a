/** Study, trial, problem: the words of a run. */
import type { Json } from "../base/json.ts";
import type { Design, Space } from "../search/types.ts";

export type Goal = "minimize" | "maximize";

/** A number of a design. Stage 0 is cheap; later stages only see designs that survive. */
export interface Objective {
  readonly name: string;
  /** e.g. `ms`, `%`, `MAC`; "" for a pure number. */
  readonly unit: string;
  readonly goal: Goal;
  readonly stage: number;
}

/** A measured or computed value must lie on one side of a bound: `params <= 1000000`. */
export interface Constraint {
  readonly name: string;
  readonly op: "<=" | ">=";
  readonly bound: number;
  readonly stage: number;
}

/** Values of one design by objective and constraint name, in the user's units and directions. */
export type Values = Readonly<Record<string, number>>;

/** An early estimate of an objective, by which a later stage's designs are chosen. */
export interface Interim {
  /** Column of the trials, e.g. `accuracy@2`. */
  readonly name: string;
  /** The objective that it stands for until that is known. */
  readonly of: string;
  readonly stage: number;
  /** Share of the designs that goes on from this stage. */
  readonly keep: number;
}

/** What evaluating may use beside the designs themselves. */
export interface EvaluationContext {
  /** Folder of the study's own files, e.g. trained weights; made when first written to. */
  readonly folder: string;
  /** For each design the one whose weights it takes over, if any. */
  readonly parents: readonly (Design | undefined)[];
}

/** A study's space and what can be computed of its designs. Built anew in every worker. */
export interface Problem {
  readonly space: Space;
  readonly objectives: readonly Objective[];
  readonly constraints: readonly Constraint[];
  readonly interim?: readonly Interim[];
  /** What the numbers rest on, for the report: data sets, device, calibration, limits. */
  readonly notes: readonly string[];
  /** Values of one stage, in the order of `designs`; an Error fails that trial alone. */
  evaluate(
    designs: readonly Design[],
    stage: number,
    context?: EvaluationContext,
  ): Promise<readonly (Values | Error)[]>;
}

export type TrialState = "complete" | "infeasible" | "pruned" | "failed";

export interface Trial {
  /** 0, 1, 2, … in the order asked. */
  readonly number: number;
  readonly state: TrialState;
  readonly design: Design;
  /** Objectives and constraint values that were computed, in the user's units and directions. */
  readonly values: Values;
  /** Why it failed. */
  readonly error?: string;
}

export type StudyState = "running" | "finished" | "interrupted";

/** A study's row in `tidemark studies`. */
export interface StudySummary {
  readonly id: number;
  readonly name: string;
  readonly state: StudyState;
  readonly trials: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly spec: Json;
}
