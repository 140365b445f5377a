/** The nodes of a region as steps: sliding windows, and what works element by element. */
import { attributeValue } from "../../graph/attribute.ts";
import { elementCount, numbers } from "../../graph/tensor.ts";
import type { Node, Tensor } from "../../graph/types.ts";
import type { BlockSource, RegionGap } from "./types.ts";

/** What must lie around the image where a window reaches over its edge. */
export type Surround = "zero" | "lowest";

/** Numbers for [H, W]. */
export type Pair = readonly [number, number];

export interface WindowStep {
  readonly kind: "window";
  readonly node: Node;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padBegin: Pair;
  readonly padEnd: Pair;
  readonly ceil: boolean;
  readonly surround: Surround;
  /** Averages count only what lies in the image. */
  readonly countsInside: boolean;
}

export interface PointwiseStep {
  readonly kind: "pointwise";
  readonly node: Node;
  /** f(0) = 0. */
  readonly keepsZero: boolean;
  /** f(x) = 0 for every x below 0. */
  readonly zeroBelow: boolean;
}

export type Step = WindowStep | PointwiseStep;

/** By operator: whether f(0) = 0. */
const UNARY: Readonly<Record<string, boolean>> = {
  Abs: true,
  Celu: true,
  Clip: false,
  Elu: true,
  Erf: true,
  Exp: false,
  Gelu: true,
  HardSigmoid: false,
  HardSwish: true,
  Identity: true,
  LeakyRelu: true,
  Mish: true,
  Neg: true,
  Relu: true,
  Selu: true,
  Sigmoid: false,
  Softplus: false,
  Softsign: true,
  Sqrt: true,
  Swish: true,
  Tanh: true,
  ThresholdedRelu: true,
};
const BINARY = new Set(["Add", "Sub", "Mul", "Div", "Max", "Min", "Pow", "PRelu"]);
const POOLS = new Set(["AveragePool", "MaxPool"]);

/** The step that a node is, or why it is none. */
export function stepOf(node: Node, source: BlockSource): Step | string {
  if (node.domain !== "") return `operators of domain ${node.domain} are not known`;
  if (node.outputs.slice(1).some((name) => name !== "")) return "it has more than one output";
  if (node.op === "Conv") return convStep(node, source);
  if (POOLS.has(node.op)) return poolStep(node);
  if (node.op === "BatchNormalization") return normalization(node, source);
  if (Object.hasOwn(UNARY, node.op)) return unary(node, source);
  if (BINARY.has(node.op)) return binary(node, source);
  return "no block execution knows the operator";
}

/** Nodes that no block execution handles, with the reason, in order. */
export function regionGaps(nodes: readonly Node[], source: BlockSource): readonly RegionGap[] {
  return nodes.flatMap((node) => {
    const step = stepOf(node, source);
    return typeof step === "string" ? [{ node, reason: step }] : [];
  });
}

/** The input that is no constant; undefined where there is none, or more than one. */
export function dataInput(node: Node, source: BlockSource): string | undefined {
  const data = node.inputs.filter((name) => name !== "" && !source.constants.has(name));
  return data.length === 1 ? data[0] : undefined;
}

function convStep(node: Node, source: BlockSource): Step | string {
  const weight = source.constants.get(node.inputs[1] ?? "");
  if (weight === undefined) return "its weights are computed, not constant";
  const bias = node.inputs[2];
  if (bias && !source.constants.has(bias)) return "its bias is computed, not constant";
  if (weight.dims.length !== 4) return `it is ${weight.dims.length - 2}-dimensional, expected 2`;
  return window(node, [weight.dims[2]!, weight.dims[3]!], "zero", false);
}

function poolStep(node: Node): Step | string {
  const kernel = attributeValue(node, "kernel_shape", "ints");
  if (kernel?.length !== 2) return `it is ${kernel?.length ?? 0}-dimensional, expected 2`;
  if (node.op === "MaxPool") return window(node, [kernel[0]!, kernel[1]!], "lowest", false);
  if (attributeValue(node, "ceil_mode", "int"))
    return "averages over windows that hang over the edge (ceil_mode) are not handled";
  const inside = !attributeValue(node, "count_include_pad", "int");
  return window(node, [kernel[0]!, kernel[1]!], "zero", inside);
}

function window(
  node: Node,
  kernel: Pair,
  surround: Surround,
  countsInside: boolean,
): WindowStep | string {
  const [sy = 1, sx = 1] = attributeValue(node, "strides", "ints") ?? [];
  const [dy = 1, dx = 1] = attributeValue(node, "dilations", "ints") ?? [];
  const stride: Pair = [sy, sx];
  const dilation: Pair = [dy, dx];
  let [top = 0, left = 0, bottom = 0, right = 0] = attributeValue(node, "pads", "ints") ?? [];
  const auto = attributeValue(node, "auto_pad", "string") ?? "NOTSET";
  if (auto === "VALID") top = left = bottom = right = 0;
  else if (auto !== "NOTSET") {
    if (sy !== 1 || sx !== 1) return `auto_pad ${auto} with a stride depends on the image's size`;
    const [y, x] = [(kernel[0] - 1) * dy, (kernel[1] - 1) * dx];
    const before = auto === "SAME_UPPER" ? Math.floor : Math.ceil;
    [top, left] = [before(y / 2), before(x / 2)];
    [bottom, right] = [y - top, x - left];
  }
  return {
    kind: "window",
    node,
    kernel,
    stride,
    dilation,
    padBegin: [top, left],
    padEnd: [bottom, right],
    ceil: attributeValue(node, "ceil_mode", "int") === 1,
    surround,
    countsInside: countsInside && top + left + bottom + right > 0,
  };
}

function normalization(node: Node, source: BlockSource): Step | string {
  if (attributeValue(node, "training_mode", "int")) return "it is in training mode";
  if (node.inputs.slice(1).some((name) => !source.constants.has(name)))
    return "its statistics are computed, not constant";
  return { kind: "pointwise", node, keepsZero: false, zeroBelow: false };
}

function unary(node: Node, source: BlockSource): Step | string {
  if (node.inputs.slice(1).some((name) => name !== "" && !source.constants.has(name)))
    return "its bounds are computed, not constant";
  const low = source.constants.get(node.inputs[1] ?? "");
  const zeroBelow =
    node.op === "Relu" || (node.op === "Clip" && low !== undefined && numbers(low)[0] === 0);
  return { kind: "pointwise", node, keepsZero: UNARY[node.op]! || zeroBelow, zeroBelow };
}

function binary(node: Node, source: BlockSource): Step | string {
  if (dataInput(node, source) === undefined) return "more than one of its operands is computed";
  for (const name of node.inputs) {
    const constant = source.constants.get(name);
    if (constant !== undefined && !sameEverywhere(constant))
      return `its operand ${name} [${constant.dims.join(", ")}] varies over the image`;
  }
  return { kind: "pointwise", node, keepsZero: false, zeroBelow: false };
}

/** A scalar, or [.., C, 1, 1]: one value for a channel. */
function sameEverywhere({ dims }: Tensor): boolean {
  if (elementCount(dims) === 1) return dims.length <= 4;
  const [h, w] = dims.slice(-2);
  return (
    dims.length >= 3 &&
    dims.length <= 4 &&
    h === 1 &&
    w === 1 &&
    (dims[3] === undefined || dims[0] === 1)
  );
}
