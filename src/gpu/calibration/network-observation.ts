/** A measured latency of a whole network, as an eager framework ran it. */
import type { ParameterValue } from "../../zoo/index.ts";
import type { HostMode, Precision } from "../types.ts";

export interface NetworkObservation {
  /** Board as the table names it, or its id. */
  readonly device: string;
  /** e.g. `help`, `timm`. */
  readonly origin: string;
  /** The table and what else keeps its rows apart, e.g. `nasbench201 batch 256`. */
  readonly family: string;
  readonly precision: Precision;
  readonly batch: number;
  readonly host: HostMode;
  /** Whether the library chose its algorithms by measuring them. */
  readonly tuned: boolean;
  /** Tensors in memory as batch, height, width, channels; default false, as PyTorch's. */
  readonly channelsLast?: boolean;
  /** The time includes the copy of the input from the host's memory; default false. */
  readonly inputCopied?: boolean;
  /** Measured with the GPU waited for after each block of the network; default false. */
  readonly drained?: boolean;
  /** A network of the zoo. */
  readonly network: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** Whose host it was: rows of one machine share one host figure. */
  readonly machine: string;
  readonly measuredUs: number;
  readonly shape: string;
}
