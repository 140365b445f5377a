/** A network in the form that is trained: its batch size fixed, normalisation by batch statistics. */
import { UserError } from "../../base/errors.ts";
import { int } from "../../graph/attribute.ts";
import { isStatic } from "../../graph/dim.ts";
import { nameMaker } from "../../graph/edit.ts";
import type { Graph, Node, Shape, Tensor } from "../../graph/types.ts";
import { operatorFor } from "../../ops/index.ts";
import { inferGraph } from "../../ops/inference.ts";
import { checkValues, formValues } from "./form-values.ts";
import { type WholeForm, wholeForm } from "./whole-form.ts";

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
  /** Of a fixed batch, with training-mode normalisation; its outputs are what loss and report read. */
  readonly graph: Graph;
  readonly form: WholeForm;
  readonly images: string;
  /** Of the classifier whose hits are counted. */
  readonly logits: string;
  readonly classes: number;
  /** Float initializers that nodes compute with, in the order of their first use. */
  readonly candidates: readonly string[];
  readonly statistics: readonly Statistic[];
}

/**
 * @param network in inference form; see `withOwnStatistics`
 * @param form what is trained in its place
 * @throws UserError for more than one input, a shape that stays free, or an output that is no row of
 *   logits for each sample
 */
export function trainingNetwork(
  network: Graph,
  batch: number,
  form: WholeForm = wholeForm(network),
): TrainingNetwork {
  const { image, progress, noise } = form;
  const fresh = nameMaker(form.graph);
  const input = (name: string, shape: Shape) => ({ name, dtype: "float32", shape }) as const;
  const batched = (shape: Shape) => [batch, ...shape.slice(1)];
  const isTrained = (node: Node) => normalizes(node, form.graph) && belongs(node, network);
  const graph: Graph = {
    ...form.graph,
    inputs: [
      input(image.name, batched(image.shape)),
      ...(progress === undefined ? [] : [input(progress, [])]),
      ...noise.map(({ name, shape }) => input(name, batched(shape))),
    ],
    outputs: formValues(form).map((name) => ({ name, dtype: "float32", shape: undefined })),
    declared: new Map(),
    nodes: form.graph.nodes.map((node) => (isTrained(node) ? training(node, fresh) : node)),
  };
  const { types } = inferGraph(graph, {});
  const classes = checkValues(form, types, batch);
  const statistics = graph.nodes.flatMap((node) => {
    if (!isTrained(node)) return [];
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
  return {
    graph,
    form,
    images: image.name,
    logits: form.classifiers.at(-1)!.logits,
    classes,
    candidates: candidates(graph),
    statistics,
  };
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

/** Whether the network has any of what it learns; a teacher's normalisation is its own. */
function belongs(node: Node, network: Graph): boolean {
  return node.inputs.some((name, i) => i > 0 && network.initializers.has(name));
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
