/** What the worker that holds the GPU tells the page; as `tidemark measure`'s own process tells its. */
import type {
  AdapterFacts,
  Findings,
  Measurement,
  Stage,
} from "../../../../src/gpu/measure/index.ts";

export interface Begin {
  readonly quick: boolean;
}

export type Told =
  | { readonly kind: "adapter"; readonly adapter: AdapterFacts }
  /** Step of the GPU's clock as its timestamps show it, ns. */
  | { readonly kind: "tick"; readonly tickNs: number; readonly coarse: boolean }
  | { readonly kind: "stage"; readonly stage: Stage }
  /** Sent before it runs: what a lost GPU is blamed on. */
  | { readonly kind: "running"; readonly what: string }
  | { readonly kind: "measurement"; readonly measurement: Measurement }
  | { readonly kind: "done"; readonly findings: Findings }
  | { readonly kind: "failed"; readonly message: string; readonly hint?: string };
