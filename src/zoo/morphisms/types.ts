/** What a network morphism is: one value that knows where it applies and what it makes there. */
import type { Graph } from "../../graph/types.ts";
import type { Network } from "./network.ts";

/** One number that a morphism is given, and the values that a search draws from. */
export interface MorphismParameter {
  readonly choices: readonly number[];
  readonly summary: string;
}

/** Where and how a morphism is applied. */
export interface Application {
  /** One of `places(network)`. */
  readonly place: string;
  /** A value for every parameter. */
  readonly values: Readonly<Record<string, number>>;
  /** Of the weights that are drawn anew. */
  readonly seed: number;
}

/**
 * A change of a network to a neighbour that takes over its weights: of the widths, the depth, the
 * connections (Chen, Goodfellow and Shlens, ICLR 2016; Wei et al., ICML 2016; Elsken, Metzen and
 * Hutter, ICLR 2019).
 */
export interface Morphism {
  readonly name: string;
  /** The child computes what the parent did, within rounding, in evaluation mode. */
  readonly exact: boolean;
  readonly summary: string;
  readonly parameters: Readonly<Record<string, MorphismParameter>>;
  /** Where it can be applied: names of nodes, in the graph's order. */
  places(network: Network): readonly string[];
  /**
   * The child. Its structure depends on the parent's structure alone, never on the weights; new
   * weights are made when their bytes are read.
   *
   * @throws UserError where the place or a value does not fit this network
   */
  apply(network: Network, application: Application): Graph;
}
