/** Pools, and sums and means over space. */
import { integers, tensorOf } from "../../../graph/tensor.ts";
import type { Node } from "../../../graph/types.ts";
import { NCHWC, type Rewriter } from "../rewriter.ts";
import type { BlockedRule } from "./types.ts";

export const globalAveragePool: BlockedRule = (node, w) => {
  const [x] = node.inputs as [string];
  const [y] = node.outputs as [string];
  if (!w.isBlocked(x)) return false;
  w.emit(node.op, [w.blocked(x)], {}, { domain: NCHWC, outputs: [y], name: node.name });
  w.setBoth(y);
  return true;
};

/** ReduceSum and ReduceMean over height and width. */
export const spatialReduction: BlockedRule = (node, w) => {
  const [x] = node.inputs as [string];
  const [y] = node.outputs as [string];
  const dims = w.dims(x);
  if (!w.isBlocked(x) || dims === undefined || axesOf(node, w)?.join() !== "2,3") return false;
  w.scope = node.name;
  let mean = w.emit("GlobalAveragePool", [w.blocked(x)], {}, { domain: NCHWC });
  if (node.op === "ReduceSum") {
    const count = w.initializer(tensorOf("float32", [], [dims[2]! * dims[3]!]));
    mean = w.emit("Mul", [mean, count]);
  }
  const to = w.dims(y)!;
  w.reshapeTo(mean, to, y);
  return true;
};

function axesOf(node: Node, w: Rewriter): readonly number[] | undefined {
  const attribute = node.attributes.axes;
  const input = node.inputs[1];
  const tensor = input === undefined ? undefined : w.constant(input);
  const axes = attribute?.kind === "ints" ? attribute.value : tensor && integers(tensor);
  return axes?.map((axis) => (axis < 0 ? axis + 4 : axis)).sort((a, b) => a - b);
}

/** MaxPool and AveragePool of one output, whose kernels take blocked values as they are. */
export const pool: BlockedRule = (node, w) => {
  const [x] = node.inputs as [string];
  const [y] = node.outputs as [string];
  if (!w.isBlocked(x) || !w.fits(y) || node.outputs.length > 1) return false;
  const { kernel_shape: kernel, strides, pads, count_include_pad: counted } = node.attributes;
  // Of the others (dilations, ceil_mode, …) not every version knows every one.
  const known = ["kernel_shape", "strides", "pads", "count_include_pad"];
  const other = Object.entries(node.attributes).some(
    ([name, a]) => !known.includes(name) && !isDefault(a),
  );
  if (other || kernel?.kind !== "ints") return false;
  const attributes = {
    kernel_shape: kernel,
    ...(strides === undefined ? {} : { strides }),
    ...(pads === undefined ? {} : { pads }),
    ...(counted === undefined ? {} : { count_include_pad: counted }),
  };
  w.setBlocked(y, w.emit(node.op, [w.blocked(x)], attributes, { domain: NCHWC }));
  return true;
};

function isDefault(attribute: Node["attributes"][string]): boolean {
  if (attribute.kind === "int") return attribute.value === 0;
  if (attribute.kind === "ints") return attribute.value.every((v) => v === 1);
  return attribute.kind === "string" && attribute.value === "NOTSET";
}
