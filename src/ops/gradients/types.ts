/** Reverse-mode differentiation of a graph, in ONNX operators only. */
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Node, ValueType } from "../../graph/types.ts";

/** What the rule of one operator may use to add its gradient nodes. */
export interface GradientContext {
  readonly node: Node;
  /** Operator-set version of the graph. */
  readonly opset: number;
  /** Where new nodes go; every value of the forward graph can be named as an input. */
  readonly builder: GraphBuilder;
  /** Type of a forward value; dimensions may be symbolic (the batch). */
  type(value: string): ValueType;
  /** Whether the gradient by input `i` is asked for; a rule may leave the others out. */
  wanted(i: number): boolean;
}

/**
 * Gradients by the node's inputs, from the gradients by its outputs.
 *
 * @param outputs name of d loss / d output for each output, "" where it is zero
 * @returns name of d loss / d input for each input, undefined where it is zero or not wanted
 */
export type GradientRule = (
  context: GradientContext,
  outputs: readonly string[],
) => readonly (string | undefined)[];
