/** One measured time with what the model says of it. */
import type { Precision } from "../types.ts";

export interface Pair<T> {
  readonly predicted: T;
  readonly measured: T;
}

export interface Sample {
  /** Board id. */
  readonly device: string;
  /** `linear`, `bmm`, `conv3x3`, `gemm`, `conv`; of networks their table and batch. */
  readonly family: string;
  readonly precision: Precision;
  /** The data set: samples of one share what their measuring program adds. */
  readonly data: string;
  /** The file and its row, as a spreadsheet counts. */
  readonly source: string;
  /** Sizes for people. */
  readonly what: string;
  /** Identity of the shape: samples of one shape are on one side of a split. */
  readonly shape: string;
  readonly measuredUs: number;
  /** Of the model alone. */
  readonly modelUs: number;
  /** Of the measuring program, on top of the model's time. */
  readonly addedUs: number;
  /** Where the table says which algorithm ran. */
  readonly algorithm?: Pair<string>;
  /** `XxYxZ`, where the table has it. */
  readonly grid?: Pair<string>;
  /** What the model says limits it: `launch`, `memory`, `tail`, `compute`. */
  readonly limiter?: string;
  readonly network?: boolean;
  /** Multiply-accumulates of a network. */
  readonly macs?: number;
  /** Timed by the GPU's own clock: nothing is added. */
  readonly onGpu?: boolean;
}

export function predictedUs(sample: Sample): number {
  return sample.modelUs + sample.addedUs;
}

/** Signed relative error. */
export function relativeError(sample: Sample): number {
  return predictedUs(sample) / sample.measuredUs - 1;
}
