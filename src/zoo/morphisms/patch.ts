/** Nodes and weights to be added to a network, and the reads that they take over. */
import { float } from "../../graph/attribute.ts";
import { checkGraph } from "../../graph/check.ts";
import { nameMaker, removeDead, replaceValue } from "../../graph/edit.ts";
import { topologicalOrder } from "../../graph/order.ts";
import { elementCount, float32s, lazyTensor } from "../../graph/tensor.ts";
import type { Attribute, Graph, Node, Tensor } from "../../graph/types.ts";
import { type Convolution, convAttributes } from "./convolution.ts";
import { momentsOf } from "./moments.ts";
import { isOp, type Network } from "./network.ts";

/** PyTorch's default. */
const EPSILON = 1e-5;

export class Patch {
  readonly #network: Network;
  readonly #prefix: string;
  readonly #fresh: (wanted: string) => string;
  readonly #nodes: Node[] = [];
  readonly #initializers = new Map<string, Tensor>();

  /** @param prefix of the new names, e.g. `relu1.deepen` */
  constructor(network: Network, prefix: string) {
    this.#network = network;
    this.#fresh = nameMaker(network.graph);
    // One number for all of a patch, so that a second one at the same place reads `relu1.deepen_1.conv`.
    this.#prefix = this.#fresh(prefix);
  }

  /** Adds a node and returns its output's name. */
  add(
    op: string,
    part: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const name = this.#fresh(`${this.#prefix}.${part}`);
    const output = this.#fresh(`${name}_out`);
    this.#nodes.push({ name, op, domain: "", inputs, outputs: [output], attributes });
    return output;
  }

  /** @param fill writes the elements when the bytes are first read; pure */
  weight(part: string, dims: readonly number[], fill: (out: Float32Array) => void): string {
    return this.constant(part, lazyWeight(dims, fill));
  }

  constant(part: string, tensor: Tensor): string {
    const name = this.#fresh(`${this.#prefix}.${part}`);
    this.#initializers.set(name, tensor);
    return name;
  }

  /** The name that `weight(part, …)` will give, for streams that are seeded by it. */
  path(part: string): string {
    return `${this.#prefix}.${part}`;
  }

  conv(
    part: string,
    input: string,
    weight: string,
    geometry: Omit<Convolution, "node" | "weight">,
    bias?: string,
  ): string {
    const inputs = bias === undefined ? [input, weight] : [input, weight, bias];
    return this.add("Conv", part, inputs, convAttributes(geometry));
  }

  /**
   * Batch normalization that leaves the values of `like` as they are: its running statistics are an
   * estimate of that value's moments, and its scale and shift undo them. So it changes nothing in
   * evaluation mode, and little when training normalises with the statistics of a batch.
   */
  neutralNorm(part: string, input: string, like: string): string {
    const { channels } = this.#network.features(like)!;
    const { epsilon } = normalization(this.#network.graph);
    const moments = momentsOf(this.#network, like);
    const each = (name: string, value: (mean: number, variance: number) => number) =>
      this.weight(`${part}.${name}`, [channels], (out) => {
        const { mean, variance } = moments();
        for (let c = 0; c < channels; c++) out[c] = value(mean[c]!, variance[c]!);
      });
    return this.#norm(part, input, epsilon, [
      // As the running variance is rounded, so must be what undoes it.
      each("weight", (_, v) => Math.sqrt(Math.fround(v) + epsilon)),
      each("bias", (m) => m),
      each("running_mean", (m) => m),
      each("running_var", (_, v) => v),
    ]);
  }

  /** Batch normalization as it is before training: scale 1, shift 0, statistics 0 and 1. */
  freshNorm(part: string, input: string, channels: number): string {
    const { epsilon } = normalization(this.#network.graph);
    const each = (name: string, value: number) =>
      this.weight(`${part}.${name}`, [channels], (out) => out.fill(value));
    return this.#norm(part, input, epsilon, [
      each("weight", 1),
      each("bias", 0),
      each("running_mean", 0),
      each("running_var", 1),
    ]);
  }

  #norm(part: string, input: string, epsilon: number, parameters: readonly string[]): string {
    const { momentum } = normalization(this.#network.graph);
    return this.add("BatchNormalization", part, [input, ...parameters], {
      epsilon: float(epsilon),
      momentum: float(momentum),
    });
  }

  /** Every reader of `value` reads `by` instead, but for the patch's own nodes. */
  insert(value: string, by: string): Graph {
    return this.finish(replaceValue(this.#network.graph, value, by));
  }

  /** One input of one node reads `by` instead. */
  rewireInput(node: Node, input: number, by: string): Graph {
    const { graph } = this.#network;
    const rewired = { ...node, inputs: node.inputs.with(input, by) };
    return this.finish({
      ...graph,
      nodes: graph.nodes.map((n) => (n.name === node.name ? rewired : n)),
    });
  }

  finish(graph: Graph): Graph {
    return finished({
      ...graph,
      nodes: topologicalOrder([...graph.nodes, ...this.#nodes]),
      initializers: new Map([...graph.initializers, ...this.#initializers]),
    });
  }
}

/** Without what is no longer read, and checked. */
export function finished(graph: Graph): Graph {
  const live = removeDead(graph);
  checkGraph(live);
  return live;
}

/** A float32 tensor whose elements are made when first read. */
export function lazyWeight(dims: readonly number[], fill: (out: Float32Array) => void): Tensor {
  return lazyTensor("float32", dims, () => {
    const values = new Float32Array(elementCount(dims));
    fill(values);
    return float32s(values, dims).bytes;
  });
}

/** Whether the network normalises batches at all, and with which settings. */
export function normalization(graph: Graph): {
  readonly used: boolean;
  readonly epsilon: number;
  readonly momentum: number;
} {
  const node = graph.nodes.find((n) => isOp(n, "BatchNormalization"));
  const number = (name: string, byDefault: number) => {
    const attribute = node?.attributes[name];
    return attribute?.kind === "float" ? attribute.value : byDefault;
  };
  return {
    used: node !== undefined,
    epsilon: number("epsilon", EPSILON),
    momentum: number("momentum", 0.9),
  };
}
