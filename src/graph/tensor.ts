/** Constant tensors: sizes of element types, typed views on the bytes, and tensors from numbers. */
import { UserError } from "../base/errors.ts";
import { decodeMiniFloat, encodeMiniFloat, isMiniFloat } from "./minifloat.ts";
import type { DType, Tensor } from "./types.ts";

/** Bits of one element. Elements under 8 bits lie densely, the first in the lowest bits. */
export const DTYPE_BITS: Readonly<Record<Exclude<DType, "string">, number>> = {
  float32: 32,
  float64: 64,
  float16: 16,
  bfloat16: 16,
  int8: 8,
  int16: 16,
  int32: 32,
  int64: 64,
  int4: 4,
  int2: 2,
  uint8: 8,
  uint16: 16,
  uint32: 32,
  uint64: 64,
  uint4: 4,
  uint2: 2,
  bool: 8,
  complex64: 64,
  complex128: 128,
  float8e4m3fn: 8,
  float8e4m3fnuz: 8,
  float8e5m2: 8,
  float8e5m2fnuz: 8,
  float8e8m0: 8,
  float4e2m1: 4,
  float6e2m3: 6,
  float6e3m2: 6,
};

/** Product of the dimensions; 1 for a scalar. Not exact beyond 2^53: callers compare it first. */
export function elementCount(dims: readonly number[]): number {
  let n = 1;
  for (const d of dims) n *= d;
  return n;
}

/** Bytes of `count` dense elements; 0 for strings, which have none. */
export function byteLength(dtype: DType, count: number): number {
  return dtype === "string" ? 0 : Math.ceil((count * DTYPE_BITS[dtype]) / 8);
}

export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

interface ViewConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, offset: number, length: number): TypedArray;
}

const VIEWS: Readonly<Partial<Record<DType, ViewConstructor>>> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  complex64: Float32Array,
  complex128: Float64Array,
};

/**
 * The bytes as a typed array: no copy where they are aligned for it (weights in a file often are
 * not). `float16` and `bfloat16` come as their 16-bit codes, complex numbers as pairs, types of 8
 * bits and fewer (but `int8`) as their bytes.
 */
export function typedView(tensor: Tensor): TypedArray {
  const View = VIEWS[tensor.dtype];
  const bytes = tensor.bytes;
  if (View === undefined) return bytes;
  const width = View.BYTES_PER_ELEMENT;
  const length = Math.floor(bytes.byteLength / width);
  if (bytes.byteOffset % width === 0) return new View(bytes.buffer, bytes.byteOffset, length);
  // No `slice`: a Buffer's does not copy.
  return new View(new Uint8Array(bytes).buffer, 0, length);
}

/**
 * The elements as numbers, exact but for 64-bit integers beyond 2^53, which come as the nearest
 * double (an `ends` of 2^63 - 1 in Slice still means "to the end"). May be a view: do not write.
 * Complex numbers and strings have no such form and give an empty list.
 */
export function numbers(tensor: Tensor): ArrayLike<number> {
  const { dtype } = tensor;
  if (dtype === "string" || dtype === "complex64" || dtype === "complex128") return [];
  if (isMiniFloat(dtype)) {
    const code = codes(tensor);
    return Float64Array.from(code, (c) => decodeMiniFloat(dtype, c));
  }
  switch (dtype) {
    case "int64":
    case "uint64":
      return Float64Array.from(typedView(tensor) as BigInt64Array | BigUint64Array, Number);
    case "int4":
    case "int2": {
      const bits = DTYPE_BITS[dtype];
      return Int8Array.from(codes(tensor), (c) => (c << (32 - bits)) >> (32 - bits));
    }
    case "uint4":
    case "uint2":
      return codes(tensor);
    case "float32":
    case "float64":
    case "int8":
    case "int16":
    case "int32":
    case "uint8":
    case "uint16":
    case "uint32":
    case "bool":
      return typedView(tensor) as Exclude<TypedArray, BigInt64Array | BigUint64Array>;
  }
}

/** The elements of an integer tensor. @throws UserError for one beyond 2^53 */
export function integers(tensor: Tensor, what = "tensor"): number[] {
  const out = Array.from(numbers(tensor));
  for (const x of out)
    if (!Number.isSafeInteger(x))
      throw new UserError(`${what}: ${x} is no integer up to 2^53`, {
        hint: "check the tensor that the model stores here",
      });
  return out;
}

/** The bit patterns of elements of at most 16 bits, one number each. */
function codes(tensor: Tensor): Uint8Array | Uint16Array {
  const bits = tensor.dtype === "string" ? 0 : DTYPE_BITS[tensor.dtype];
  if (bits >= 8) return typedView(tensor) as Uint8Array | Uint16Array;
  const bytes = tensor.bytes;
  const out = new Uint8Array(Math.min(elementCount(tensor.dims), (bytes.length * 8) / bits));
  for (let i = 0; i < out.length; i++) {
    const bit = i * bits;
    const pair = bytes[bit >>> 3]! | ((bytes[(bit >>> 3) + 1] ?? 0) << 8);
    out[i] = (pair >>> (bit & 7)) & ((1 << bits) - 1);
  }
  return out;
}

/**
 * A tensor with the given elements, converted to `dtype` (floats rounded to nearest even, integers
 * wrapped as typed arrays wrap them). Not for strings and complex numbers.
 *
 * @param values as many as `dims` say
 */
export function tensorOf(
  dtype: Exclude<DType, "string" | "complex64" | "complex128">,
  dims: readonly number[],
  values: ArrayLike<number | bigint>,
): Tensor {
  const count = elementCount(dims);
  if (values.length !== count)
    throw new UserError(
      `${values.length} values for a tensor of [${dims.join(", ")}], which has ${count}`,
    );
  return { dtype, dims, bytes: encode(dtype, values) };
}

function encode(
  dtype: Exclude<DType, "string" | "complex64" | "complex128">,
  values: ArrayLike<number | bigint>,
): Uint8Array {
  const bytes = new Uint8Array(byteLength(dtype, values.length));
  const view = new DataView(bytes.buffer);
  const bits = DTYPE_BITS[dtype];
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    if (dtype === "float32") view.setFloat32(i * 4, Number(x), true);
    else if (dtype === "float64") view.setFloat64(i * 8, Number(x), true);
    else if (bits === 64) view.setBigInt64(i * 8, BigInt(x), true);
    else if (bits === 32) view.setInt32(i * 4, Number(x), true);
    else {
      const code = isMiniFloat(dtype) ? encodeMiniFloat(dtype, Number(x)) : Number(x);
      if (bits === 16) view.setInt16(i * 2, code, true);
      else if (bits === 8) bytes[i] = code;
      else {
        const bit = i * bits;
        const pair = (code & ((1 << bits) - 1)) << (bit & 7);
        bytes[bit >>> 3]! |= pair;
        if (pair > 0xff) bytes[(bit >>> 3) + 1]! |= pair >>> 8;
      }
    }
  }
  return bytes;
}

/** A scalar or list of int64, e.g. the `shape` of a Reshape: `int64s([1, -1])`. */
export function int64s(
  values: readonly number[],
  dims: readonly number[] = [values.length],
): Tensor {
  return tensorOf("int64", dims, values);
}

/** float32 elements: a view on `values` where they are float32 already. */
export function float32s(
  values: Float32Array | readonly number[],
  dims: readonly number[] = [values.length],
): Tensor {
  if (!(values instanceof Float32Array)) return tensorOf("float32", dims, values);
  if (values.length !== elementCount(dims)) return tensorOf("float32", dims, values);
  return {
    dtype: "float32",
    dims,
    bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  };
}

export function stringTensor(values: readonly string[], dims: readonly number[] = [values.length]) {
  if (values.length !== elementCount(dims))
    throw new UserError(`${values.length} strings for a tensor of [${dims.join(", ")}]`);
  return { dtype: "string", dims, bytes: new Uint8Array(0), strings: values } as const;
}

/**
 * A tensor whose bytes are made when first asked for, and may be let go and made again: weights of
 * a network as code cost nothing while only its shapes are looked at.
 *
 * @param make a pure function; must give `byteLength(dtype, elementCount(dims))` bytes
 */
export function lazyTensor(
  dtype: DType,
  dims: readonly number[],
  make: () => Uint8Array,
  external?: Tensor["external"],
): Tensor {
  let cache: WeakRef<Uint8Array> | undefined;
  return {
    dtype,
    dims,
    ...(external === undefined ? {} : { external }),
    get bytes() {
      let bytes = cache?.deref();
      if (bytes === undefined) {
        bytes = make();
        cache = new WeakRef(bytes);
      }
      return bytes;
    },
  };
}

/** Zeros that take no memory until they are read. */
export function zeros(dtype: DType, dims: readonly number[]): Tensor {
  return lazyTensor(dtype, dims, () => new Uint8Array(byteLength(dtype, elementCount(dims))));
}
