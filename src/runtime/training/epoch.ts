/** Where a training stands: the epochs that are done, and the one under way. */
import type { Score } from "./trainer-score.ts";
import type { TrainingState } from "./types.ts";

export interface EpochMetrics {
  /** From 1. */
  readonly epoch: number;
  /** Means over the epoch's batches as trained: augmented, smoothed. */
  readonly train: Score;
  /** Where there is a validation split and the epoch was evaluated. */
  readonly validation?: Score;
  /** Without one; nothing is chosen by it. */
  readonly test?: Score;
  /** Of its last step. */
  readonly learningRate: number;
  readonly seconds: number;
  /** While training, evaluation not counted. */
  readonly samplesPerSecond: number;
  /** Share of the training time that went into preparing batches. */
  readonly preparationShare: number;
  /** Means over the epoch's steps of what a form reports; NaN where a step's was. */
  readonly extra?: Readonly<Record<string, number>>;
}

export interface Snapshot {
  /** Epochs and steps of the current epoch that are done. */
  readonly epoch: number;
  readonly batch: number;
  /** Sums over the current epoch so far. */
  readonly sums: EpochSums;
  readonly history: readonly EpochMetrics[];
  readonly state: TrainingState;
}

export interface EpochSums {
  readonly loss: number;
  readonly correct: number;
  readonly learningRate: number;
  readonly seconds: number;
  readonly preparationSeconds: number;
  /** Of what a form reports. */
  readonly extra?: Readonly<Record<string, number>>;
}
