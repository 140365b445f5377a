/**
 * Floating-point formats of 16 bits and fewer, as ONNX defines them (onnx.proto, TensorProto.DataType;
 * the "fn" formats have no infinity, the "uz" formats no negative zero).
 */
import type { DType } from "./types.ts";

interface Format {
  readonly exponentBits: number;
  readonly mantissaBits: number;
  readonly bias: number;
  /**
   * What the highest exponent means. `ieee`: infinity and NaN; `nan-ones`: numbers, but all ones is
   * NaN; `nan-minus-zero`: numbers, and the code of -0 is NaN; `finite`: numbers only.
   */
  readonly top: "ieee" | "nan-ones" | "nan-minus-zero" | "finite";
}

const FORMATS = {
  float16: { exponentBits: 5, mantissaBits: 10, bias: 15, top: "ieee" },
  bfloat16: { exponentBits: 8, mantissaBits: 7, bias: 127, top: "ieee" },
  float8e4m3fn: { exponentBits: 4, mantissaBits: 3, bias: 7, top: "nan-ones" },
  float8e4m3fnuz: { exponentBits: 4, mantissaBits: 3, bias: 8, top: "nan-minus-zero" },
  float8e5m2: { exponentBits: 5, mantissaBits: 2, bias: 15, top: "ieee" },
  float8e5m2fnuz: { exponentBits: 5, mantissaBits: 2, bias: 16, top: "nan-minus-zero" },
  float6e2m3: { exponentBits: 2, mantissaBits: 3, bias: 1, top: "finite" },
  float6e3m2: { exponentBits: 3, mantissaBits: 2, bias: 3, top: "finite" },
  float4e2m1: { exponentBits: 2, mantissaBits: 1, bias: 1, top: "finite" },
} as const satisfies Partial<Record<DType, Format>>;

/** `float8e8m0` is a bare power of two: 2^(code - 127), 255 is NaN. */
export type MiniFloat = keyof typeof FORMATS | "float8e8m0";

export function isMiniFloat(dtype: DType): dtype is MiniFloat {
  return dtype === "float8e8m0" || dtype in FORMATS;
}

/** The number that a code stands for. */
export function decodeMiniFloat(dtype: MiniFloat, code: number): number {
  if (dtype === "float8e8m0") return code === 255 ? Number.NaN : 2 ** (code - 127);
  const f: Format = FORMATS[dtype];
  const magnitudeBits = f.exponentBits + f.mantissaBits;
  const magnitude = code & ((1 << magnitudeBits) - 1);
  const negative = (code >>> magnitudeBits) & 1;
  if (f.top === "nan-minus-zero" && negative && magnitude === 0) return Number.NaN;
  if (f.top === "nan-ones" && magnitude === (1 << magnitudeBits) - 1) return Number.NaN;
  const exponent = magnitude >>> f.mantissaBits;
  const mantissa = magnitude & ((1 << f.mantissaBits) - 1);
  let value: number;
  if (f.top === "ieee" && exponent === (1 << f.exponentBits) - 1)
    value = mantissa === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
  else if (exponent === 0) value = mantissa * 2 ** (1 - f.bias - f.mantissaBits);
  else value = (mantissa + 2 ** f.mantissaBits) * 2 ** (exponent - f.bias - f.mantissaBits);
  return negative ? -value : value;
}

/**
 * The code nearest to a number, ties to even. Beyond the largest number: infinity where the format
 * has one, else the largest number (ONNX Cast with `saturate=1`).
 */
export function encodeMiniFloat(dtype: MiniFloat, value: number): number {
  if (dtype === "float8e8m0") {
    if (!(value > 0)) return 255;
    return Math.min(254, Math.max(0, Math.round(Math.log2(value)) + 127));
  }
  const f: Format = FORMATS[dtype];
  const magnitudeBits = f.exponentBits + f.mantissaBits;
  const sign = value < 0 || Object.is(value, -0) ? 1 << magnitudeBits : 0;
  const ones = (1 << magnitudeBits) - 1;
  if (Number.isNaN(value)) {
    if (f.top === "ieee") return ones ^ (((1 << f.mantissaBits) - 1) >>> 1);
    if (f.top === "nan-ones") return ones;
    if (f.top === "nan-minus-zero") return 1 << magnitudeBits;
    return 0;
  }
  const infinity = f.top === "ieee" ? ((1 << f.exponentBits) - 1) << f.mantissaBits : undefined;
  const largest = f.top === "ieee" ? infinity! - 1 : f.top === "nan-ones" ? ones - 1 : ones;
  const magnitude = Math.abs(value);
  let code: number;
  if (magnitude === Number.POSITIVE_INFINITY) code = infinity ?? largest;
  else {
    const exponent = Math.max(Math.floor(Math.log2(magnitude)), 1 - f.bias);
    const unit = 2 ** (exponent - f.mantissaBits);
    // Codes are consecutive integers, across exponents too: a carry lands in the next exponent.
    const steps = roundHalfEven(magnitude / unit);
    code = magnitude === 0 ? 0 : steps + ((exponent + f.bias - 1) << f.mantissaBits);
    if (code > largest) code = infinity ?? largest;
  }
  if (code === 0 && f.top === "nan-minus-zero") return 0;
  return sign | code;
}

function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
  return down % 2 === 0 ? down : down + 1;
}
