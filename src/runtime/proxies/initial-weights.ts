/** The weights of a new network, as PyTorch's layers draw their own. */
import { stream } from "../../base/rng.ts";
import { attributeValue } from "../../graph/attribute.ts";
import { elementCount, float32s } from "../../graph/tensor.ts";
import type { Graph, Node, Tensor } from "../../graph/types.ts";

/** A layer's weight and bias by name, and its size. */
export interface LayerInputs {
  readonly weight: string;
  readonly bias: string | undefined;
  /** As PyTorch's initialisation counts it. */
  readonly fanIn: number;
  /** Channels or features that the layer computes. */
  readonly outputs: number;
}

/** The weight and bias of a convolution or a linear layer; undefined for other nodes. */
export function layerInputs(graph: Graph, node: Node): LayerInputs | undefined {
  if (node.domain !== "" && node.domain !== "ai.onnx") return undefined;
  const weight = node.inputs[1] ?? "";
  const tensor = graph.initializers.get(weight);
  if (tensor?.dtype !== "float32" || tensor.dims.length < 2) return undefined;
  const bias = node.inputs[2] === "" ? undefined : node.inputs[2];
  const { dims } = tensor;
  switch (node.op) {
    case "Conv":
      return { weight, bias, fanIn: elementCount(dims.slice(1)), outputs: dims[0]! };
    case "ConvTranspose": {
      const groups = attributeValue(node, "group", "int") ?? 1;
      // PyTorch counts the same axes, though here they are the outputs.
      return { weight, bias, fanIn: elementCount(dims.slice(1)), outputs: dims[1]! * groups };
    }
    case "Gemm": {
      const transposed = attributeValue(node, "transB", "int") === 1;
      const [outputs, fanIn] = transposed ? [dims[0]!, dims[1]!] : [dims[1]!, dims[0]!];
      return { weight, bias, fanIn, outputs };
    }
    case "MatMul":
      return { weight, bias: undefined, fanIn: dims.at(-2)!, outputs: dims.at(-1)! };
    default:
      return undefined;
  }
}

/** Names of the weights of all convolutions and linear layers, in the order of their first use. */
export function layerWeights(graph: Graph): readonly string[] {
  return [...new Set(graph.nodes.flatMap((node) => layerInputs(graph, node)?.weight ?? []))];
}

/**
 * Convolutions and linear layers: weight and bias uniform in ±1/sqrt(fan-in), which is what
 * PyTorch's `kaiming_uniform_(a=sqrt(5))` comes to. Normalisations: scale 1, shift 0, mean 0,
 * variance 1. What else the network holds stays. Each tensor draws from a stream of its own name.
 */
export function freshWeights(graph: Graph, seed: number): Graph {
  const drawn = new Map<string, Tensor>();
  const put = (name: string | undefined, fill: (out: Float32Array) => void) => {
    const old = name === undefined ? undefined : graph.initializers.get(name);
    if (old?.dtype !== "float32" || drawn.has(name!)) return;
    const values = new Float32Array(elementCount(old.dims));
    fill(values);
    drawn.set(name!, float32s(values, old.dims));
  };
  for (const node of graph.nodes) {
    const layer = layerInputs(graph, node);
    if (layer !== undefined) {
      const bound = 1 / Math.sqrt(Math.max(1, layer.fanIn));
      for (const name of [layer.weight, layer.bias])
        put(name, (out) => uniform(out, bound, seed, name!));
    } else if (isNormalization(node))
      [1, 0, 0, 1].forEach((value, i) => {
        put(node.inputs[i + 1], (out) => out.fill(value));
      });
  }
  return { ...graph, initializers: new Map([...graph.initializers, ...drawn]) };
}

function uniform(out: Float32Array, bound: number, seed: number, name: string): void {
  const rng = stream(seed, `proxies/${name}`);
  const scale = bound / 2 ** 31;
  for (let i = 0; i < out.length; i++) out[i] = rng.bits() * scale;
}

function isNormalization({ domain, op }: Node): boolean {
  return (
    (domain === "" || domain === "ai.onnx") &&
    [
      "BatchNormalization",
      "LayerNormalization",
      "InstanceNormalization",
      "GroupNormalization",
    ].includes(op)
  );
}
