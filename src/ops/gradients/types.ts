/** Reverse-mode differentiation of a graph, in ONNX operators only. */
import type { Graph, Shape, ValueType } from "../../graph/types.ts";
import type { OpContext } from "../types.ts";
import type { GradientBuilder } from "./builder.ts";

/** What the rule of one operator may use to add its gradient nodes. */
export interface GradientContext extends OpContext {
  /** Where new nodes go; every value of the forward graph can be named as an input. */
  readonly builder: GradientBuilder;
  /** Values that the operator's `forward` has kept for its rule, by the names it gave them. */
  readonly saved: Readonly<Record<string, string>>;
  /** Type of a forward value; dimensions may be symbolic (the batch). */
  type(value: string): ValueType;
  /** Shape of a forward value. @throws UserError where not even its rank is known */
  shape(value: string): Shape;
  /** Whether the gradient by input `i` is asked for; a rule may leave the others out. */
  wanted(i: number): boolean;
}

/**
 * Gradients by the node's inputs, from the gradients by its outputs.
 *
 * @param outputs name of d loss / d output for each output, "" where it is zero; each has its
 *   output's shape and element type
 * @returns name of d loss / d input for each input, of that input's shape and element type;
 *   undefined where it is zero or not wanted
 */
export type GradientRule = (
  context: GradientContext,
  outputs: readonly string[],
) => readonly (string | undefined)[];

/** How an operator is differentiated. */
export interface Gradient {
  readonly backward: GradientRule;
  /**
   * Emits the node in a form of the same meaning that leaves what the rule reads, under the node's
   * own output names; the names it returns become `context.saved`. Undefined: the node stays.
   */
  readonly forward?: (context: GradientContext) => Readonly<Record<string, string>> | undefined;
  /** State that the node updates, by the value that holds the update; reads `context.saved`. */
  readonly updates?: (context: GradientContext) => Readonly<Record<string, string>>;
}

/** What `gradients` returns. */
export interface Gradients {
  /**
   * The forward graph with the gradient nodes behind it. Its outputs are the forward graph's, the
   * loss, the gradients and the state updates, each once. Its operator set is at least 16, which
   * has scatter with addition.
   */
  readonly graph: Graph;
  /** Parameter to the value that holds d loss / d parameter, of the parameter's shape and type. */
  readonly gradients: ReadonlyMap<string, string>;
  /** Parameters that the loss does not depend on; their gradients are zeros. */
  readonly unreachable: readonly string[];
  /**
   * State to its value after this step: running mean and variance of each BatchNormalization in
   * training mode, as ONNX defines them (the variance over all elements, not n - 1).
   */
  readonly stateUpdates: ReadonlyMap<string, string>;
}
