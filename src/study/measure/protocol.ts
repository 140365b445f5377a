/** What the process that holds the GPU tells the one that started it. */
import type { AdapterFacts, Findings, Measurement, Stage } from "../../gpu/measure/index.ts";

export interface ChildOptions {
  readonly quick: boolean;
  /** A part of the adapter's name; absent: the most powerful. */
  readonly adapter?: string;
}

export type ChildMessage =
  | { readonly kind: "adapter"; readonly adapter: AdapterFacts }
  | { readonly kind: "stage"; readonly stage: Stage }
  /** Sent before it runs: what a crash is blamed on. */
  | { readonly kind: "running"; readonly what: string }
  | { readonly kind: "measurement"; readonly measurement: Measurement }
  | { readonly kind: "done"; readonly findings: Findings; readonly tickNs: number }
  | { readonly kind: "failed"; readonly message: string; readonly hint?: string }
  | { readonly kind: "broken"; readonly message: string };
