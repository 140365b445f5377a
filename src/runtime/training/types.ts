/**
 * Training as a graph: what goes into one step and what comes out of it.
 *
 * All parameters live in one flat vector, as do the optimiser's moments and the running statistics:
 * an update is then a handful of passes over memory, whatever the number of layers, and a
 * checkpoint is a handful of tensors.
 */
import type { DType, Graph, Tensor } from "../../graph/types.ts";
import type { DenseTensor } from "../types.ts";
import type { TrainingForm } from "./form.ts";
import type { OptimizerOptions } from "./optimizer/types.ts";
import type { ScheduleOptions } from "./schedule/types.ts";

/** How the labels of a batch are given. */
export const LABEL_FORMS = ["indices", "soft"] as const;
/** `indices`: int64 [batch]; `soft`: float32 [batch, classes], rows summing to 1, as mixup makes them. */
export type LabelForm = (typeof LABEL_FORMS)[number];

export interface TrainingOptions {
  /** Samples in one step; the graph is made for exactly so many. */
  readonly batch: number;
  /** Default: SGD with momentum 0.9 (Nesterov's) and weight decay 5e-4. */
  readonly optimizer?: OptimizerOptions;
  readonly schedule: ScheduleOptions;
  /** Default "indices". */
  readonly labels?: LabelForm;
  /** In [0, 1): the share of a label that goes to all classes alike. Default 0. */
  readonly labelSmoothing?: number;
  /** The gradient is scaled down to this norm where it is larger. Default: never. */
  readonly clipNorm?: number;
  /** Decay of an exponential moving average of the weights, e.g. 0.999. Default: none is kept. */
  readonly emaDecay?: number;
  /** Names of the initializers to train. Default: all weights that the loss depends on. */
  readonly parameters?: readonly string[];
  /** What is differentiated in place of the network. Default: the network itself. */
  readonly form?: TrainingForm;
  /** Of the whole training; a form with `progress` needs it. */
  readonly steps?: number;
}

/** Where a named tensor of the network lies in a flat vector. */
export interface Slot {
  /** Name of the network's initializer. */
  readonly name: string;
  readonly dims: readonly number[];
  /** Elements before it. */
  readonly offset: number;
  /** Elements of it, the product of `dims`. */
  readonly size: number;
}

/** A tensor that a step takes as input `name` and gives back, renewed, as output `next`. */
export interface StateTensor {
  readonly name: string;
  readonly next: string;
  readonly dtype: DType;
  readonly dims: readonly number[];
}

/** All state tensors by name; `stateAfter` makes one from a step's outputs. */
export type TrainingState = Readonly<Record<string, DenseTensor>>;

/** Outputs of every training step, by role. */
export const STEP_OUTPUTS = {
  /** Mean loss of the batch, float32 []. */
  loss: "loss",
  /** Samples whose largest logit is at the label's largest entry, int64 []. */
  correct: "correct",
  /** Euclidean norm of the whole gradient before clipping, float32 []. */
  gradientNorm: "gradient_norm",
  /** Learning rate of this step, float32 []. */
  learningRate: "learning_rate",
  /** Whether loss and gradient are all finite, bool []. The new state is of no use otherwise. */
  finite: "finite",
} as const;

export interface TrainingStep {
  /**
   * Inputs: `images`, `labels`, `noise`, and each state tensor's `name`; outputs: `STEP_OUTPUTS`,
   * `reports` and each `next`.
   */
  readonly graph: Graph;
  /** The network in inference form that is trained. */
  readonly network: Graph;
  readonly options: TrainingOptions;
  /** The network's own input name; float32 [batch, ...]. */
  readonly images: string;
  /** Input name of the labels. */
  readonly labels: string;
  /** Inputs of the form that are fed noise, float32; see `TrainingNoise`. */
  readonly noise: readonly { readonly name: string; readonly dims: readonly number[] }[];
  /** What the form reports to the output that holds it, float32 []. */
  readonly reports: Readonly<Record<string, string>>;
  readonly classes: number;
  /** Names of the trained initializers, in the order of their slots. */
  readonly parameterNames: readonly string[];
  /** Where each parameter lies in `state.parameters`. */
  readonly parameters: readonly Slot[];
  /** Where each running mean and variance lies in `state.running`; empty where nothing is normalised. */
  readonly running: readonly Slot[];
  readonly stateNames: readonly string[];
  /**
   * `parameters`; `running`; `step`, int64 [1], the steps done; the optimiser's moments; `average`
   * and `average_running` where an average is kept. Absent where there is nothing of the kind.
   */
  readonly state: readonly StateTensor[];
  /**
   * The state before the first step: fresh weights drawn by `seed`, but for those in `weights`
   * (by initializer name, e.g. a parent's or a file's); moments zero, average equal to the weights.
   *
   * @throws UserError where a tensor of `weights` is unknown, no float32 or of another shape
   */
  initialState(seed: number, weights?: ReadonlyMap<string, Tensor>): TrainingState;
}

/** `averaged`: the exponential moving average of weights and running statistics. */
export type WeightChoice = "raw" | "averaged";
