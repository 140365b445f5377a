/** A network in the form that is trained: its batch size fixed, normalisation by batch statistics. */
import { UserError } from "../../base/errors.ts";
import { int } from "../../graph/attribute.ts";
import { isStatic } from "../../graph/dim.ts";
import { indexGraph, nameMaker } from "../../graph/edit.ts";
import type { Dim, Graph, Node, Tensor, ValueType } from "../../graph/types.ts";
import { operatorFor } from "../../ops/index.ts";
import { inferGraph } from "../../ops/inference.ts";

/** ONNX's default. */
const MOMENTUM = 0.9;

/** Running mean or variance of one normalisation. */
export interface Statistic {
  /** Name of its initializer. */
  readonly name: string;
  /** Share of the old value that is kept in a step. */
  readonly momentum: number;
  /**
   * What the batch's own value is multiplied with: n / (n - 1) for a variance over n elements, which
   * makes it the unbiased estimate that PyTorch keeps (ONNX's keeps the biased one); 1 for a mean.
   */
  readonly factor: number;
}

export interface TrainingNetwork {
  /** With one input, one output and training-mode normalisation. */
  readonly graph: Graph;
  readonly images: string;
  readonly logits: string;
  readonly classes: number;
  /** Float initializers that nodes compute with, in the order of their first use. */
  readonly candidates: readonly string[];
  readonly statistics: readonly Statistic[];
}

/**
 * @param network in inference form; see `withOwnStatistics`
 * @throws UserError for more than one input, a shape that stays free, or an output that is no row of
 *   logits for each sample
 */
export function trainingNetwork(network: Graph, batch: number): TrainingNetwork {
  const input = soleInput(network);
  const logits = logitsOf(network);
  const shape = [batch, ...input.shape.slice(1)];
  const fresh = nameMaker(network);
  const graph: Graph = {
    ...network,
    inputs: [{ ...input, shape }],
    outputs: [{ name: logits, dtype: "float32", shape: undefined }],
    declared: new Map(),
    nodes: network.nodes.map((node) => (normalizes(node, network) ? training(node, fresh) : node)),
  };
  const { types } = inferGraph(graph, {});
  const classes = classCount(network, types.get(logits), logits, batch);
  const statistics = graph.nodes.flatMap((node) => {
    if (!normalizes(node, network)) return [];
    const dims = types.get(node.inputs[0]!)?.shape;
    if (dims === undefined || !isStatic(dims))
      throw new UserError(`${node.name} (${node.op}): the shape of its input is not known`, {
        hint: "give shapes to the graph's input",
        exitCode: 2,
      });
    const n = dims.reduce((product: number, d, axis) => (axis === 1 ? product : product * d), 1);
    if (n < 2)
      throw new UserError(`${node.name} (${node.op}): one value a channel has no variance`, {
        hint: "choose a larger batch",
        exitCode: 2,
      });
    const attribute = node.attributes.momentum;
    const momentum = attribute?.kind === "float" ? attribute.value : MOMENTUM;
    return [
      { name: node.inputs[3]!, momentum, factor: 1 },
      { name: node.inputs[4]!, momentum, factor: n / (n - 1) },
    ];
  });
  return { graph, images: input.name, logits, classes, candidates: candidates(graph), statistics };
}

/** @throws UserError where the output is not float32 [batch, classes] */
export function classCount(
  network: Graph,
  type: ValueType | undefined,
  logits: string,
  batch: Dim,
): number {
  const [samples, classes] = type?.shape ?? [];
  if (
    type?.dtype !== "float32" ||
    type.shape?.length !== 2 ||
    samples !== batch ||
    typeof classes !== "number"
  )
    throw new UserError(
      `${network.name}: output ${logits} is ${type?.dtype ?? "unknown"} [${type?.shape?.join(", ") ?? "?"}], expected float32 [${batch}, classes]`,
      { hint: "only classifiers with one row of logits a sample can be trained", exitCode: 2 },
    );
  return classes;
}

/**
 * Gives each normalisation running statistics of its own: exporters share equal tensors, and those
 * of a fresh network are all 0 and 1.
 */
export function withOwnStatistics(network: Graph): Graph {
  const taken = new Set<string>();
  const fresh = nameMaker(network);
  const initializers = new Map(network.initializers);
  const nodes = network.nodes.map((node) => {
    if (!normalizes(node, network)) return node;
    const inputs = node.inputs.map((name, i) => {
      if (i < 3 || !taken.has(name)) {
        if (i >= 3) taken.add(name);
        return name;
      }
      const own = fresh(name);
      initializers.set(own, network.initializers.get(name)!);
      return own;
    });
    return { ...node, inputs };
  });
  return { ...network, nodes, initializers };
}

function normalizes(node: Node, network: Graph): boolean {
  return (
    node.op === "BatchNormalization" &&
    node.domain === "" &&
    network.initializers.has(node.inputs[3]!) &&
    network.initializers.has(node.inputs[4]!)
  );
}

function training(node: Node, fresh: (wanted: string) => string): Node {
  return {
    ...node,
    outputs: [
      node.outputs[0]!,
      fresh(`${node.name}/running_mean`),
      fresh(`${node.name}/running_var`),
    ],
    attributes: { ...node.attributes, training_mode: int(1) },
  };
}

export function soleInput(network: Graph) {
  const [input, ...others] = network.inputs;
  if (input === undefined || others.length > 0 || input.dtype !== "float32")
    throw new UserError(
      `${network.name}: inputs ${network.inputs.map((v) => `${v.name} (${v.dtype})`).join(", ") || "none"}, expected one of float32`,
      { hint: "only networks of one float input can be trained", exitCode: 2 },
    );
  const { shape } = input;
  if (shape === undefined || shape.length === 0 || !isStatic(shape.slice(1)))
    throw new UserError(
      `${network.name}: input ${input.name} is [${shape?.join(", ") ?? "?"}], expected numbers but for the batch`,
      { hint: "fix the input's size, e.g. when the model is exported", exitCode: 2 },
    );
  return { ...input, shape };
}

/** The first output, or what a final softmax makes it from: the loss has a softmax of its own. */
export function logitsOf(network: Graph): string {
  const output = network.outputs[0]!.name;
  const last = indexGraph(network).producer(output);
  const isSoftmax = last?.domain === "" && (last.op === "Softmax" || last.op === "LogSoftmax");
  return isSoftmax ? last.inputs[0]! : output;
}

/** Scalars and what only sets how an operator works (bounds, scales of Resize) are no weights. */
function candidates(graph: Graph): readonly string[] {
  const found = new Set<string>();
  const isWeight = (name: string) => {
    const tensor: Tensor | undefined = graph.initializers.get(name);
    return tensor?.dtype === "float32" && tensor.dims.length > 0 && !tensor.dims.includes(0);
  };
  for (const node of graph.nodes) {
    const settings = operatorFor(node.domain, node.op)?.settings;
    node.inputs.forEach((name, i) => {
      if (settings !== undefined && settings !== "scalars" && settings.includes(i)) return;
      if (isWeight(name) && !(normalizes(node, graph) && i >= 3)) found.add(name);
    });
  }
  return [...found];
}
