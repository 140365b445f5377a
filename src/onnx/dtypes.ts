/** ONNX's numbers for element types (TensorProto.DataType). */
import type { DType } from "../graph/types.ts";
import { TensorProto_DataType as T } from "./generated/onnx_pb.ts";

export const DTYPE_NUMBERS: Readonly<Record<DType, number>> = {
  float32: T.FLOAT,
  uint8: T.UINT8,
  int8: T.INT8,
  uint16: T.UINT16,
  int16: T.INT16,
  int32: T.INT32,
  int64: T.INT64,
  string: T.STRING,
  bool: T.BOOL,
  float16: T.FLOAT16,
  float64: T.DOUBLE,
  uint32: T.UINT32,
  uint64: T.UINT64,
  complex64: T.COMPLEX64,
  complex128: T.COMPLEX128,
  bfloat16: T.BFLOAT16,
  float8e4m3fn: T.FLOAT8E4M3FN,
  float8e4m3fnuz: T.FLOAT8E4M3FNUZ,
  float8e5m2: T.FLOAT8E5M2,
  float8e5m2fnuz: T.FLOAT8E5M2FNUZ,
  uint4: T.UINT4,
  int4: T.INT4,
  float4e2m1: T.FLOAT4E2M1,
  float8e8m0: T.FLOAT8E8M0,
  uint2: T.UINT2,
  int2: T.INT2,
  float6e2m3: T.FLOAT6E2M3,
  float6e3m2: T.FLOAT6E3M2,
};

const BY_NUMBER = new Map(
  Object.entries(DTYPE_NUMBERS).map(([name, number]) => [number, name as DType]),
);

/** Undefined for a number that ONNX does not know, and for 0. */
export function dtypeOf(number: number): DType | undefined {
  return BY_NUMBER.get(number);
}
