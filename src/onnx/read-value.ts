/** ValueInfoProto to values with a type. */
import { toBinary } from "@bufbuild/protobuf";
import { UserError } from "../base/errors.ts";
import { canonicalDim } from "../graph/dim.ts";
import type { Dim, Shape, Value } from "../graph/types.ts";
import type { ReadContext } from "./context.ts";
import { dtypeOf } from "./dtypes.ts";
import {
  type TensorShapeProto,
  type TensorShapeProto_Dimension,
  TypeProtoSchema,
  type ValueInfoProto,
} from "./generated/onnx_pb.ts";

/** The longest dimension expression that is followed. */
const MAX_DIM_TEXT = 1024;

export function readValue(proto: ValueInfoProto, name: string, context: ReadContext): Value {
  const value = proto.type?.value;
  if (value?.case !== "tensorType") {
    const otherType = proto.type ? toBinary(TypeProtoSchema, proto.type) : new Uint8Array(0);
    return { name, dtype: "float32", shape: undefined, otherType };
  }
  const { elemType, shape } = value.value;
  const dtype = dtypeOf(elemType);
  if (dtype === undefined) {
    if (elemType === 0)
      return { name, dtype: "float32", shape: undefined, otherType: new Uint8Array(0) };
    throw new UserError(
      `${context.name}: value ${name} has element type ${elemType}, known are 1 to 28`,
      { hint: "the file is damaged or newer than this version of Tidemark" },
    );
  }
  return { name, dtype, shape: readShape(shape, name, context) };
}

function readShape(
  shape: TensorShapeProto | undefined,
  name: string,
  context: ReadContext,
): Shape | undefined {
  return shape?.dim.map((dim, axis) => readDim(dim, axis, name, context));
}

function readDim(
  dim: TensorShapeProto_Dimension,
  axis: number,
  name: string,
  context: ReadContext,
): Dim {
  const { value } = dim;
  // "?" is how Paddle writes any unknown dimension: two of them are not the same one.
  if (value.case === "dimParam" && value.value !== "" && value.value !== "?") {
    if (value.value.length > MAX_DIM_TEXT)
      throw new UserError(
        `${context.name}: value ${name} has a dimension of ${value.value.length} characters in axis ${axis}, at most ${MAX_DIM_TEXT}`,
        { hint: "name the dimension, or give it a number" },
      );
    return canonicalDim(value.value);
  }
  // -1 is how old exporters write a free dimension.
  if (value.case !== "dimValue" || value.value === -1n) return context.freeDim(name, axis);
  if (value.value < 0n || value.value > 2n ** 48n)
    throw new UserError(
      `${context.name}: value ${name} has dimension ${value.value} in axis ${axis}, expected 0 to 2^48`,
      { hint: "the file is damaged: export the model again" },
    );
  return Number(value.value);
}
