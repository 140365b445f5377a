/** The elements of a tensor, from whichever of the schema's fields holds them, as dense bytes. */
import { UserError } from "../base/errors.ts";
import { byteLength, DTYPE_BITS, lazyTensor } from "../graph/tensor.ts";
import type { DType, Tensor } from "../graph/types.ts";
import type { Payload, PayloadField } from "./scan.ts";
import { countVarints, type Segment } from "./segment.ts";
import type { ByteSource } from "./source.ts";

/** Which field beside `raw_data` holds elements of a type (onnx.proto, message TensorProto). */
function fieldOf(dtype: DType): PayloadField {
  if (dtype === "float32" || dtype === "complex64") return "float_data";
  if (dtype === "float64" || dtype === "complex128") return "double_data";
  if (dtype === "int64") return "int64_data";
  if (dtype === "uint32" || dtype === "uint64") return "uint64_data";
  return "int32_data";
}

/**
 * @param count product of `dims`
 * @param what the tensor, for messages
 * @throws UserError where field, length and dimensions contradict each other
 */
export function tensorFromPayload(
  dtype: Exclude<DType, "string">,
  dims: readonly number[],
  count: number,
  payload: Payload | undefined,
  source: ByteSource,
  what: string,
): Tensor {
  const size = byteLength(dtype, count);
  const shape = `${dtype} [${dims.join(", ")}]`;
  const fields =
    payload === undefined ? [] : [...payload.keys()].filter((f) => length(payload.get(f)!) > 0);
  const field = fields[0];
  if (payload === undefined || field === undefined) {
    if (count === 0) return { dtype, dims, bytes: new Uint8Array(0) };
    throw new UserError(`${what} is ${shape}, ${size} bytes, but the file holds no data for it`, {
      hint: "the weights were stripped or lie in another file: export the model with its weights",
    });
  }
  if (fields.length > 1)
    throw new UserError(`${what} has data in both ${field} and ${fields[1]!}`, {
      hint: "a tensor has its data in one field: export the model again",
    });
  const segments = payload.get(field)!;
  if (field === "raw_data") {
    const found = length(segments);
    if (found !== size)
      throw new UserError(`${what} is ${shape}, ${size} bytes, but its raw_data has ${found}`, {
        hint: "the tensor's dimensions or its data are damaged: export the model again",
      });
    return fromSegments(dtype, dims, segments, source);
  }
  const expected = fieldOf(dtype);
  if (field !== expected)
    throw new UserError(
      `${what} is ${shape} with data in ${field}, expected ${expected} or raw_data`,
      {
        hint: "the tensor's type or its data are damaged: export the model again",
      },
    );
  const fixedWidth = field === "float_data" ? 4 : field === "double_data" ? 8 : undefined;
  const entries = entryCount(dtype, count);
  const found =
    fixedWidth === undefined
      ? countSegments(segments, source)
      : Math.floor(length(segments) / fixedWidth);
  const whole = fixedWidth === undefined || length(segments) % fixedWidth === 0;
  if (found !== entries || !whole)
    throw new UserError(
      `${what} is ${shape}, which takes ${entries} entries of ${field}, but there are ${found ?? "damaged ones"}`,
      { hint: "the tensor's dimensions or its data are damaged: export the model again" },
    );
  if (fixedWidth !== undefined) return fromSegments(dtype, dims, segments, source);
  return lazyTensor(dtype, dims, () => decodeVarints(dtype, count, join(segments, source)));
}

/** Entries of a typed field: 4-bit and 2-bit elements share one, as they share a byte. */
function entryCount(dtype: Exclude<DType, "string">, count: number): number {
  if (dtype === "complex64" || dtype === "complex128") return 2 * count;
  const bits = DTYPE_BITS[dtype];
  return bits === 4 || bits === 2 ? Math.ceil((count * bits) / 8) : count;
}

function length(segments: readonly Segment[]): number {
  let n = 0;
  for (const s of segments) n += s.length;
  return n;
}

function countSegments(segments: readonly Segment[], source: ByteSource): number | undefined {
  let n = 0;
  for (const segment of segments) {
    const count = countVarints(bytesOf(segment, source));
    if (count === undefined) return undefined;
    n += count;
  }
  return n;
}

function bytesOf(segment: Segment, source: ByteSource): Uint8Array {
  return segment.bytes ?? source.read(segment.offset, segment.length);
}

function join(segments: readonly Segment[], source: ByteSource): Uint8Array {
  if (segments.length === 1) return bytesOf(segments[0]!, source);
  const out = new Uint8Array(length(segments));
  let at = 0;
  for (const segment of segments) {
    out.set(bytesOf(segment, source), at);
    at += segment.length;
  }
  return out;
}

/** Little-endian dense elements as they lie in the file. */
function fromSegments(
  dtype: DType,
  dims: readonly number[],
  segments: readonly Segment[],
  source: ByteSource,
): Tensor {
  const atHand = !source.lazy || segments.every((s) => s.bytes !== undefined);
  if (atHand) return { dtype, dims, bytes: join(segments, source) };
  return lazyTensor(dtype, dims, () => join(segments, source));
}

/** Packed varints to dense elements: the low bits of each, whatever its sign extension. */
function decodeVarints(
  dtype: Exclude<DType, "string">,
  count: number,
  packed: Uint8Array,
): Uint8Array {
  const bits = DTYPE_BITS[dtype];
  const out = new Uint8Array(byteLength(dtype, count));
  const view = new DataView(out.buffer);
  let at = 0;
  for (let i = 0; at < packed.length; i++) {
    let low = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = packed[at++]!;
      const seven = byte & 0x7f;
      if (shift < 28) low |= seven << shift;
      else if (shift === 28) {
        low |= seven << 28;
        high |= seven >>> 4;
      } else if (shift < 64) high |= seven << (shift - 32);
      if (byte < 0x80) break;
    }
    if (bits === 64) {
      view.setInt32(i * 8, low, true);
      view.setInt32(i * 8 + 4, high, true);
    } else if (bits === 32) view.setInt32(i * 4, low, true);
    else if (bits === 16) view.setInt16(i * 2, low, true);
    else if (bits === 6) {
      const bit = i * 6;
      const pair = (low & 0x3f) << (bit & 7);
      out[bit >>> 3]! |= pair;
      if (pair > 0xff) out[(bit >>> 3) + 1]! |= pair >>> 8;
    } else out[i] = low;
  }
  return out;
}
