/** Gradient of MaxPool: each output's gradient goes to the element that its index names. */
import { int, string } from "../../graph/attribute.ts";
import { tensorOf } from "../../graph/tensor.ts";
import { intAttr } from "../context.ts";
import { dims, dtypeOf, emit, reduce, reshape, reshapeAs } from "./emit.ts";
import { poolHalves, poolHalvesGradient } from "./max-pool-halves.ts";
import { withOutputs } from "./outputs.ts";
import type { Gradient } from "./types.ts";

/**
 * ONNX's indices count through the whole tensor in row-major order (`storage_order` 0), so that one
 * scatter over the flat tensor serves windows of any kind; where they overlap, an element may be
 * the maximum of several and the scatter adds.
 */
export const maxPool: Gradient = {
  forward(ctx) {
    const { node, builder } = ctx;
    const halves = poolHalves(ctx);
    if (halves !== undefined) return halves;
    if (intAttr(ctx, "storage_order", 0) === 0)
      return { indices: withOutputs(ctx, ["", "indices"])[1]! };
    builder.addMany(node.op, node.inputs, node.outputs.length, node.attributes, {
      name: node.name,
      outputs: node.outputs,
    });
    const rowMajor = { ...node.attributes, storage_order: int(0) };
    return { indices: builder.addMany(node.op, node.inputs, 2, rowMajor)[1]! };
  },
  backward(ctx, [g]) {
    if (ctx.saved.indices === undefined) return [poolHalvesGradient(ctx, g!)];
    const x = ctx.node.inputs[0]!;
    const size = reduce(ctx, "ReduceProd", dims(ctx, x), [0], true);
    const zeros = emit(ctx, "ConstantOfShape", [size], {
      value: { kind: "tensor", value: tensorOf(dtypeOf(ctx) as "float32", [1], [0]) },
    });
    const flat = (value: string) => reshape(ctx, value, [-1]);
    const scattered = emit(ctx, "ScatterElements", [zeros, flat(ctx.saved.indices!), flat(g!)], {
      axis: int(0),
      reduction: string("add"),
    });
    return [reshapeAs(ctx, scattered, x)];
  },
};
