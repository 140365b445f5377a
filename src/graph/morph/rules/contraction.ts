/** Layers with weights: they end the dimensions of their input and make the one of their output. */
import { attributeValue } from "../../attribute.ts";
import type { Tensor } from "../../types.ts";
import type { Layout, TieContext, TieRule } from "../ties.ts";

const INPUT = 0;
const WEIGHT = 1;
const BIAS = 2;

/**
 * The weight, if it is a constant. One that several layers read is not tied: exporters store equal
 * tensors once, and each layer gets its own where they come to differ.
 */
function constantWeight(context: TieContext): Tensor | undefined {
  const weight = context.constant(WEIGHT);
  if (weight === undefined) context.fix("its weights are computed", [INPUT]);
  return weight;
}

/** A bias along the output's channels, if the node has one. False: it is not a constant. */
function bias(context: TieContext, output: Layout): boolean {
  const name = context.node.inputs[BIAS];
  if (name === undefined || name === "") return true;
  const tensor = context.constant(BIAS);
  if (tensor === undefined) return false;
  const axis = tensor.dims.length - 1;
  if (axis >= 0 && tensor.dims[axis]! > 1)
    context.slot({
      kind: "gather",
      node: context.node.name,
      input: BIAS,
      axis,
      segments: output.segments,
    });
  return true;
}

/** Weight [filters, channels / groups, …kernel]. */
export const conv: TieRule = (context) => {
  const { node } = context;
  const x = context.layout(INPUT);
  const weight = constantWeight(context);
  if (weight === undefined) return;
  const groups = attributeValue(node, "group", "int") ?? 1;
  const filters = weight.dims[0]!;
  const base = { node: node.name, input: WEIGHT };
  if (groups === 1) {
    if (x) context.slot({ ...base, kind: "consume", axis: 1, segments: x.segments });
    const output = { axis: 1, segments: [{ dim: context.make(filters), repeat: 1 }] };
    context.slot({ ...base, kind: "gather", axis: 0, segments: output.segments });
    bias(context, output);
    context.output(output);
    return;
  }
  if (x === undefined) return;
  if (weight.dims[1] === 1) {
    // Depthwise: each channel has filters of its own and goes on alone.
    const each = filters / groups;
    const segments = x.segments.map((s) => ({ ...s, repeat: s.repeat * each }));
    context.slot({ ...base, kind: "gather", axis: 0, segments });
    context.slot({ kind: "group", node: node.name, segments: x.segments });
    bias(context, { axis: 1, segments });
    context.output({ axis: 1, segments });
    return;
  }
  const [only] = x.segments;
  if (x.segments.length > 1 || only === undefined || only.repeat > 1) {
    context.fix("its groups run across joined channels", [INPUT]);
    return;
  }
  context.blocks(only.dim, groups);
  const dim = context.make(filters);
  context.blocks(dim, groups);
  context.slot({ ...base, kind: "grouped", groups, inDim: only.dim, outDim: dim });
  const output = { axis: 1, segments: [{ dim, repeat: 1 }] };
  bias(context, output);
  context.output(output);
};

/** Weight [channels, filters / groups, …kernel]. */
export const convTranspose: TieRule = (context) => {
  const { node } = context;
  const x = context.layout(INPUT);
  const weight = constantWeight(context);
  if (weight === undefined) return;
  if ((attributeValue(node, "group", "int") ?? 1) !== 1) {
    context.fix("groups of a transposed convolution", [INPUT]);
    return;
  }
  const base = { node: node.name, input: WEIGHT };
  if (x) context.slot({ ...base, kind: "consume", axis: 0, segments: x.segments });
  const output = { axis: 1, segments: [{ dim: context.make(weight.dims[1]!), repeat: 1 }] };
  context.slot({ ...base, kind: "gather", axis: 1, segments: output.segments });
  bias(context, output);
  context.output(output);
};

/** Weight [k, n], or [n, k] with transB. */
export const gemm: TieRule = (context) => {
  const { node } = context;
  const x = context.layout(INPUT);
  const weight = constantWeight(context);
  if (weight === undefined) return;
  if ((attributeValue(node, "transA", "int") ?? 0) !== 0 || (x && x.axis !== 1)) {
    context.fix("its rows are not the batch", [INPUT]);
    return;
  }
  const transposed = (attributeValue(node, "transB", "int") ?? 0) !== 0;
  const [k, n] = transposed ? [1, 0] : [0, 1];
  linear(context, x, k, n, weight.dims[n]!, 1);
};

/** [..., k] by a constant [k, n]; other products have no channels of their own. */
export const matMul: TieRule = (context) => {
  const x = context.layout(INPUT);
  const weight = context.constant(WEIGHT);
  if (weight === undefined) {
    context.fix("both factors are computed");
    return;
  }
  const rank = context.shape(context.node.inputs[INPUT])?.length;
  if (weight.dims.length !== 2 || rank === undefined || (x && x.axis !== rank - 1)) {
    context.fix("its rows are not channels", [INPUT]);
    return;
  }
  linear(context, x, 0, 1, weight.dims[1]!, rank - 1);
};

function linear(
  context: TieContext,
  x: Layout | undefined,
  k: number,
  n: number,
  features: number,
  axis: number,
): void {
  const base = { node: context.node.name, input: WEIGHT };
  if (x) context.slot({ ...base, kind: "consume", axis: k, segments: x.segments });
  const output = { axis, segments: [{ dim: context.make(features), repeat: 1 }] };
  context.slot({ ...base, kind: "gather", axis: n, segments: output.segments });
  context.output(output);
  if (!bias(context, output)) context.fix("its bias is computed", []);
}
