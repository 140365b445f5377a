/** Dense tensors from numbers of another type, as files give them. */
import { UserError } from "../base/errors.ts";
import { ARRAYS, type DenseDType } from "./dtypes.ts";
import type { DenseTensor, Elements } from "./types.ts";

const INTEGERS: Readonly<Partial<Record<DenseDType, readonly [bigint, bigint]>>> = {
  int8: [-(2n ** 7n), 2n ** 7n - 1n],
  uint8: [0n, 2n ** 8n - 1n],
  int16: [-(2n ** 15n), 2n ** 15n - 1n],
  uint16: [0n, 2n ** 16n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  bool: [0n, 1n],
};

/** A tensor of `dtype`, and whether floating-point numbers lost digits on the way. */
export interface Converted {
  readonly tensor: DenseTensor;
  readonly rounded: boolean;
}

/**
 * The same numbers in another element type.
 *
 * @param name for messages
 * @throws UserError where an integer type cannot hold a number: a fraction, or out of range
 */
export function convert(tensor: DenseTensor, dtype: DenseDType, name: string): Converted {
  if (tensor.dtype === dtype) return { tensor, rounded: false };
  const { dims } = tensor;
  const from = elementsAsNumbers(tensor);
  const n = from.length;
  const range = INTEGERS[dtype];
  if (range !== undefined) {
    const data = new ARRAYS[dtype](n) as Elements;
    for (let i = 0; i < n; i++) {
      const value = from[i]!;
      const whole =
        typeof value === "bigint" ? value : Number.isInteger(value) ? BigInt(value) : undefined;
      if (whole === undefined || whole < range[0] || whole > range[1])
        throw new UserError(`${name}: element ${i} is ${value}, which ${dtype} cannot hold`, {
          hint: `give whole numbers from ${range[0]} to ${range[1]}`,
          exitCode: 2,
        });
      data[i] =
        data instanceof BigInt64Array || data instanceof BigUint64Array ? whole : Number(whole);
    }
    return { tensor: { dtype, dims, data }, rounded: false };
  }
  if (dtype === "float16")
    throw new UserError(`${name}: ${tensor.dtype} is given where the input is float16`, {
      hint: "save the array as float16",
      exitCode: 2,
    });
  const data = new ARRAYS[dtype](n) as Float32Array | Float64Array;
  let rounded = false;
  for (let i = 0; i < n; i++) {
    const value = from[i]!;
    data[i] = Number(value);
    const same =
      typeof value === "bigint"
        ? data[i] === Number(value) && BigInt(data[i]!) === value
        : Object.is(data[i], value);
    rounded ||= !same && !Number.isNaN(value as number);
  }
  return { tensor: { dtype, dims, data }, rounded };
}

/** The elements as they are, but float16 decoded. */
export function elementsAsNumbers({ dtype, data }: DenseTensor): ArrayLike<number | bigint> {
  return dtype === "float16" ? halves(data as Uint16Array) : data;
}

/** IEEE 754 binary16. */
function halves(bits: Uint16Array): Float64Array {
  return Float64Array.from(bits, (h) => {
    const sign = h & 0x8000 ? -1 : 1;
    const exponent = (h >> 10) & 0x1f;
    const fraction = h & 0x3ff;
    if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    return sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
}
