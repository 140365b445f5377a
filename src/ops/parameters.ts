/** Which constants of a graph are trained weights, and where each is used first. */
import { elementCount } from "../graph/tensor.ts";
import type { Graph } from "../graph/types.ts";
import { isFloat } from "./elements.ts";
import type { InferredNode } from "./inference.ts";

interface Weight {
  readonly name: string;
  readonly dims: readonly number[];
  /** A float, or an integer that an operator on the way took as a weight. */
  readonly trained: boolean;
}

/**
 * Counts each weight once, at the first node that computes with it. Floats are weights, wherever
 * the file keeps them (initializers or Constant nodes), and integers where the operator takes them
 * as weights; what only sets how an operator works is none (see `Operator.settings`). Nodes that
 * are folded pass on what they read: exporters share equal weights through Identity.
 */
export class ParameterCounter {
  readonly #graph: Graph;
  readonly #counted = new Set<string>();
  /** The weights behind a folded value. */
  readonly #behind = new Map<string, readonly Weight[]>();

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  /** Elements of the weights that `n` is the first to compute with. */
  node(n: InferredNode): number {
    const { node, operator } = n;
    if (operator?.fixed) {
      const { dtype, shape } = n.outputs[0]!;
      const name = node.outputs[0]!;
      this.#behind.set(name, [{ name, dims: shape as readonly number[], trained: isFloat(dtype) }]);
      return 0;
    }
    let params = 0;
    const passed: Weight[] = [];
    const { settings, integerWeights } = operator ?? {};
    for (let i = 0; i < node.inputs.length; i++) {
      if (settings !== "scalars" && settings?.includes(i)) continue;
      const asWeight = integerWeights?.includes(i) ?? false;
      for (const weight of this.#weights(node.inputs[i]!)) {
        const trained = weight.trained || asWeight;
        if (n.folded) {
          passed.push({ ...weight, trained });
          continue;
        }
        if (settings === "scalars" && weight.dims.length === 0) continue;
        if (!trained || this.#counted.has(weight.name)) continue;
        this.#counted.add(weight.name);
        params += elementCount(weight.dims);
      }
    }
    if (passed.length > 0) for (const output of node.outputs) this.#behind.set(output, passed);
    return params;
  }

  #weights(name: string): readonly Weight[] {
    const tensor = this.#graph.initializers.get(name);
    if (tensor) return [{ name, dims: tensor.dims, trained: isFloat(tensor.dtype) }];
    return this.#behind.get(name) ?? [];
  }
}
