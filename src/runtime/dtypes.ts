/** Element types that can be fed to an engine and come back from it, and the arrays that hold them. */
import { UserError } from "../base/errors.ts";
import type { DType } from "../graph/types.ts";
import type { DenseTensor, Elements } from "./types.ts";

interface ElementsConstructor {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): Elements;
  new (buffer: ArrayBufferLike, offset: number, length: number): Elements;
}

/** Dtypes of dense tensors have the names of ONNX Runtime's own; other dtypes never leave a graph. */
export const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const satisfies Partial<Record<DType, ElementsConstructor>>;

export type DenseDType = keyof typeof ARRAYS;

export function isDense(dtype: DType): dtype is DenseDType {
  return dtype in ARRAYS;
}

/** @throws UserError where `dtype` cannot be held by a dense tensor */
export function arrayOf(dtype: DType, what: string): ElementsConstructor {
  if (isDense(dtype)) return ARRAYS[dtype];
  throw new UserError(`${what} has element type ${dtype}, which cannot be passed in or out`, {
    hint: `put a Cast there, to one of ${Object.keys(ARRAYS).join(", ")}`,
  });
}

export function denseTensor(
  dtype: DenseDType,
  dims: readonly number[],
  data: Elements,
): DenseTensor {
  return { dtype, dims, data };
}

/** `float32 [1, 3, 224, 224]`, for messages. */
export function tensorText({ dtype, dims }: Pick<DenseTensor, "dtype" | "dims">): string {
  return `${dtype} [${dims.join(", ")}]`;
}
