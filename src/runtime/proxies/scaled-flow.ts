/**
 * Keeps a network without normalisation within float32. With positive weights the signal grows by a
 * factor at every layer, and passes 1e38 after a few dozen. Here each value v stands for v 2^e with
 * an exponent of its own: layers' weights are divided by the power of two next to their growth, and
 * branches are brought to one exponent where they meet. Powers of two lose no digit.
 */
import { UserError } from "../../base/errors.ts";
import { float32s } from "../../graph/tensor.ts";
import type { Graph, Node } from "../../graph/types.ts";
import type { GradientBuilder } from "../../ops/gradients/builder.ts";
import { Formula } from "../training/formula.ts";
import { builderFor } from "../training/replay.ts";
import { floats } from "./context.ts";
import { type LayerInputs, layerInputs } from "./initial-weights.ts";

export interface ScaledFlow {
  /** The loss is the sum of the logits, divided by 2^exponent. */
  readonly graph: Graph;
  readonly loss: string;
  readonly exponent: number;
  /** Scaled weights of the layers: |w dL/dw| is that of the original, divided by 2^exponent. */
  readonly weights: ReadonlyMap<string, Float32Array>;
}

/** f(s x) = s f(x) for s > 0 in the first input, the others being constant. */
const HOMOGENEOUS = new Set(
  `Relu LeakyRelu PRelu Neg Abs Identity Dropout AveragePool MaxPool LpPool GlobalAveragePool
  GlobalMaxPool GlobalLpPool ReduceMean ReduceSum ReduceMax ReduceMin ReduceL1 ReduceL2 Reshape Flatten
  Transpose Squeeze Unsqueeze Slice Split Gather Expand Tile Pad Resize DepthToSpace SpaceToDepth`.split(
    /\s+/,
  ),
);
/** All inputs must be of one exponent, which the output has too. */
const ALIGNED = new Set("Add Sub Sum Mean Max Min Concat".split(" "));
/** Constant far from zero, so that an input beyond 2^MOST may be cut to it. */
const SATURATING = new Set("Sigmoid HardSigmoid Tanh Clip Erf Softmax Softsign".split(" "));
/** Of what is handed on as it is; float32 ends at 2^127. */
const MOST = 100;

/**
 * @param graph without BatchNormalization, with static shapes and one output, the logits
 * @throws UserError where an operator that cannot be scaled meets numbers beyond 2^100
 */
export function scaledFlow(graph: Graph): ScaledFlow {
  const scaling = new Scaling(graph);
  for (const node of graph.nodes) scaling.add(node);
  return scaling.finish(graph.outputs[0]!.name);
}

class Scaling {
  readonly #graph: Graph;
  readonly #builder: GradientBuilder;
  readonly #v: Formula;
  /** By value; 0 where absent. */
  readonly #exponents = new Map<string, number>();
  readonly #weights = new Map<string, Float32Array>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#builder = builderFor(graph);
    this.#v = new Formula(this.#builder);
    for (const { name, shape, dtype } of graph.inputs) this.#builder.input(name, shape, dtype);
    for (const [name, tensor] of graph.initializers) this.#builder.initializer(name, tensor);
  }

  add(node: Node): void {
    this.#builder.scope = node.name;
    const layer = layerInputs(this.#graph, node);
    const e = node.inputs.map((input) => this.#exponents.get(input) ?? 0);
    const [first = 0, second = 0] = e;
    if (layer !== undefined) this.#addLayer(node, layer, first);
    else if (HOMOGENEOUS.has(node.op)) this.#replay(node, node.inputs, first);
    else if (ALIGNED.has(node.op)) {
      // Zeros of any exponent are zeros; the others decide.
      const top = Math.max(...e);
      this.#replay(
        node,
        node.inputs.map((input, i) => this.#shifted(input, e[i]! - top)),
        top,
      );
    } else if (node.op === "Mul" || node.op === "MatMul")
      this.#replay(node, node.inputs, first + second);
    else if (node.op === "Div") this.#replay(node, node.inputs, first - second);
    else if (node.op === "Shape" || node.op === "Size") this.#replay(node, node.inputs, 0);
    else {
      const inputs = node.inputs.map((input, i) => this.#plain(node, input, e[i]!));
      this.#replay(node, inputs, 0);
    }
  }

  finish(logits: string): ScaledFlow {
    this.#builder.scope = "synflow";
    const loss = this.#v.sum(logits);
    this.#builder.output(loss, []);
    return {
      graph: this.#builder.build(),
      loss,
      exponent: this.#exponents.get(logits) ?? 0,
      weights: this.#weights,
    };
  }

  #addLayer(node: Node, { weight, bias, outputs }: LayerInputs, exponent: number): void {
    const values = floats(this.#graph, weight);
    let sum = 0;
    for (const w of values) sum += Math.abs(w);
    const growth = sum > 0 ? Math.round(Math.log2(sum / outputs)) : 0;
    const scaled = this.#scaled(weight, -growth);
    this.#weights.set(scaled.name, scaled.values);
    const e = exponent + growth;
    const others = bias === undefined ? [] : [this.#biasOf(bias, -e)];
    this.#replay(node, [node.inputs[0]!, scaled.name, ...others], e);
  }

  #biasOf(bias: string, shift: number): string {
    const constant = this.#graph.initializers.get(bias)?.dtype === "float32";
    return constant
      ? this.#scaled(bias, shift).name
      : this.#shifted(bias, (this.#exponents.get(bias) ?? 0) + shift);
  }

  #scaled(name: string, shift: number) {
    const { dims } = this.#graph.initializers.get(name)!;
    const values = floats(this.#graph, name).map((x) => x * 2 ** shift);
    const scaled = this.#builder.initializer(
      this.#builder.fresh(`${name}/scaled`),
      float32s(values, dims),
    );
    return { name: scaled, values };
  }

  #shifted(value: string, shift: number): string {
    return shift === 0 || value === "" ? value : this.#v.mul(value, 2 ** shift);
  }

  /** The value itself, for an operator that needs it. */
  #plain(node: Node, value: string, exponent: number): string {
    if (exponent > MOST && !SATURATING.has(node.op))
      throw new UserError(
        `${node.name} (${node.op}): the synaptic flow reaches 2^${exponent} here, beyond float32`,
        { hint: "leave synflow out for this network" },
      );
    return this.#shifted(value, Math.min(exponent, MOST));
  }

  #replay(node: Node, inputs: readonly string[], exponent: number): void {
    const { name, domain, op, outputs, attributes } = node;
    this.#builder.addMany(op, inputs, outputs.length, attributes, { name, domain, outputs });
    if (exponent !== 0) for (const output of outputs) this.#exponents.set(output, exponent);
  }
}
