/** What a session of measurements found out about a GPU. */
import type { NoStaircase, Staircase } from "./staircase.ts";

/** A figure with its spread over the timings. */
export interface Quantity {
  readonly value: number;
  readonly q1: number;
  readonly q3: number;
  readonly n: number;
}

/** How many workgroups of one shape an SM holds. */
export interface Residency {
  readonly workgroup: number;
  readonly workgroupStorageBytes: number;
  readonly staircase: Staircase | NoStaircase;
  /** Undefined: not found; `reason` says why. */
  readonly perSm: number | undefined;
  readonly reason: string | undefined;
}

/** Times of a layer over its width, channel by channel. */
export interface WidthSweep {
  readonly kernel: "matmul" | "conv";
  /** The name of the swept size in the measurements. */
  readonly over: "n" | "filters";
  readonly sizes: Readonly<Record<string, number>>;
  /** Channels of one step by tile and number of SMs; undefined where that is not known. */
  readonly expected: number | undefined;
  readonly staircase: Staircase | NoStaircase;
}

export interface Findings {
  /** One kernel of nothing, back to back, microseconds. */
  readonly launchUs: Quantity;
  readonly fp32Tflops: Quantity;
  /** At the largest footprint. */
  readonly dramGbs: Quantity;
  /** Bytes that the bandwidth kernel moved in one run. */
  readonly dramFootprintBytes: number;
  /** Period: number of SMs. */
  readonly sms: Staircase | NoStaircase;
  /** Of workgroups that hold much workgroup memory. Staircase period: SMs x residents. */
  readonly slots: Residency;
  /** Of small workgroups and of large ones, without workgroup memory to speak of. */
  readonly residencies: readonly Residency[];
  readonly widths: readonly WidthSweep[];
  /** Time of the same kernel at the end over that after the warm-up: 1 is a steady clock. */
  readonly clockDrift: number;
}
