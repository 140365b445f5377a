/**
 * What a network is apart from names, the order of its nodes and its weights: equal for networks
 * that compute the same function of the same parameters.
 *
 * Nodes, inputs and initializers are coloured with all that lies before them, then with all that lies
 * behind them, twice (colour refinement, Weisfeiler and Leman 1968, along the graph's own order).
 * Forwards alone would take one layer that is read twice for two equal ones.
 */
import type { Attribute, Node, Tensor, Value } from "../../graph/types.ts";
import { operatorFor } from "../../ops/index.ts";
import { type Convolution, convolutionOf } from "./convolution.ts";
import { isOp, type Network } from "./network.ts";

const ROUNDS = 2;
/** Operators whose inputs may change places. */
const SYMMETRIC = ["Add", "Mul", "Max", "Min", "Mean", "Sum", "And", "Or", "Xor", "Equal"];

/** One end of an edge: a vertex and which of its values. */
interface Port {
  readonly vertex: number;
  readonly value: number;
}

interface Vertex {
  readonly label: string;
  /** Undefined: an optional input that is absent. */
  readonly inputs: readonly (Port | undefined)[];
  readonly symmetric: boolean;
  /** Who reads which of its values at which place: `OUTPUT` and the number of a graph output. */
  readonly uses: { readonly vertex: number; readonly at: string }[];
}

const OUTPUT = -1;

/** 64 bits as text. Different structures share one with a chance of 2^-64. */
export function structureOf(network: Network): string {
  const vertices = verticesOf(network);
  let colours = vertices.map(({ label }) => hash(label));
  for (let round = 0; round < ROUNDS; round++)
    colours = backwards(vertices, forwards(vertices, colours));
  return hash(colours.toSorted().join());
}

function forwards(vertices: readonly Vertex[], before: readonly string[]): string[] {
  const colours: string[] = [];
  for (const [i, { inputs, symmetric }] of vertices.entries()) {
    const read = inputs.map((port) =>
      port === undefined ? "" : `${colours[port.vertex]}.${port.value}`,
    );
    if (symmetric) read.sort();
    colours.push(hash(`${before[i]}(${read.join()})`));
  }
  return colours;
}

function backwards(vertices: readonly Vertex[], before: readonly string[]): string[] {
  const colours = [...before];
  for (let i = vertices.length - 1; i >= 0; i--) {
    const uses = vertices[i]!.uses.map(
      ({ vertex, at }) => `${at}:${vertex === OUTPUT ? "" : colours[vertex]}`,
    );
    colours[i] = hash(`${before[i]}{${uses.sort().join()}}`);
  }
  return colours;
}

/** In an order in which each comes after what it reads. */
function verticesOf(network: Network): readonly Vertex[] {
  const { graph } = network;
  const vertices: Vertex[] = [];
  const ports = new Map<string, Port>();
  const settings = settingsOf(network);
  const add = (vertex: Omit<Vertex, "uses">, values: readonly string[]) => {
    values.forEach((name, value) => {
      if (name !== "") ports.set(name, { vertex: vertices.length, value });
    });
    vertices.push({ ...vertex, uses: [] });
  };
  for (const [i, input] of graph.inputs.entries())
    add({ label: `input ${i} ${typeText(input)}`, inputs: [], symmetric: false }, [input.name]);
  for (const [name, tensor] of graph.initializers)
    add({ label: tensorLabel(tensor, settings.has(name)), inputs: [], symmetric: false }, [name]);
  for (const node of graph.nodes) {
    const symmetric = isOp(node, ...SYMMETRIC);
    const at = vertices.length;
    const inputs = node.inputs.map((name) => ports.get(name));
    add({ label: nodeLabel(network, node), inputs, symmetric }, node.outputs);
    inputs.forEach((port, i) => {
      if (port === undefined) return;
      const place = symmetric ? "" : String(i);
      vertices[port.vertex]!.uses.push({ vertex: at, at: `${port.value}>${place}` });
    });
  }
  graph.outputs.forEach(({ name }, i) => {
    const port = ports.get(name);
    if (port !== undefined)
      vertices[port.vertex]!.uses.push({ vertex: OUTPUT, at: `${port.value}>output ${i}` });
  });
  return vertices;
}

/** Initializers that set how an operator works, e.g. the bounds of a Clip or the scales of a Resize. */
function settingsOf({ graph }: Network): ReadonlySet<string> {
  const found = new Set<string>();
  for (const node of graph.nodes) {
    const settings = operatorFor(node.domain, node.op)?.settings;
    // Running statistics are learnt too.
    const learnt: boolean = isOp(node, "BatchNormalization");
    if (settings === undefined || settings === "scalars" || learnt) continue;
    for (const i of settings) found.add(node.inputs[i] ?? "");
  }
  return found;
}

/** Of weights the shape counts; of all other constants what they hold. */
function tensorLabel(tensor: Tensor, isSetting: boolean): string {
  const isWeight = tensor.dtype === "float32" && tensor.dims.length > 0 && !isSetting;
  return isWeight ? `${tensor.dtype} [${tensor.dims.join()}]` : wholeText(tensor);
}

function wholeText(tensor: Tensor): string {
  return `${tensor.dtype} [${tensor.dims.join()}] ${contentOf(tensor)}`;
}

function nodeLabel(network: Network, node: Node): string {
  const conv = convolutionOf(network, node);
  const what = conv === undefined ? attributesText(node.attributes) : geometryText(conv);
  return `${node.domain}.${node.op} ${what}`;
}

/** However it is written: padding by itself or in numbers, defaults left out or not. */
function geometryText(conv: Convolution): string {
  const { groups, kernel, strides, dilations, padBegin, padEnd } = conv;
  return [[groups], kernel, strides, dilations, padBegin, padEnd].map((p) => p.join()).join(" ");
}

function attributesText(attributes: Readonly<Record<string, Attribute>>): string {
  return Object.keys(attributes)
    .sort()
    .map((name) => `${name}=${attributeText(attributes[name]!)}`)
    .join(" ");
}

function attributeText(attribute: Attribute): string {
  switch (attribute.kind) {
    case "tensor":
      return wholeText(attribute.value);
    case "tensors":
      return attribute.value.map(wholeText).join();
    case "opaque":
      return `${attribute.type} ${hash(attribute.bytes.join())}`;
    case "graph":
    case "graphs":
      // Bodies as they are written: two that differ in names alone count as different.
      return JSON.stringify(attribute.value, (_, value) =>
        value instanceof Map ? [...value] : value,
      );
    case "string":
    case "strings":
      return JSON.stringify(attribute.value);
    case "int":
    case "ints":
    case "float":
    case "floats":
      return String(attribute.value);
  }
}

const contents = new WeakMap<Tensor, string>();

function contentOf(tensor: Tensor): string {
  let text = contents.get(tensor);
  if (text === undefined) {
    text = hash((tensor.strings ?? tensor.bytes).join());
    contents.set(tensor, text);
  }
  return text;
}

function typeText({ dtype, shape }: Value): string {
  return `${dtype} [${shape?.join() ?? "?"}]`;
}

/** Two lanes in the manner of murmur3, over UTF-16 code units. */
function hash(text: string): string {
  let a = 0x9e3779b9;
  let b = 0x85ebca6b ^ text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0xcc9e2d51);
    a = (a << 15) | (a >>> 17);
    b = Math.imul(b ^ unit, 0x1b873593);
    b = (b << 13) | (b >>> 19);
  }
  const first = mix(a ^ mix(b));
  return `${(first >>> 0).toString(36)}-${(mix(b + first) >>> 0).toString(36)}`;
}

function mix(h: number): number {
  let x = h ^ (h >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return x ^ (x >>> 16);
}
