/** Copies chosen places of one axis of a weight, scaled where a layer sums over them. */
import { byteLength, elementCount, numbers, tensorOf } from "../tensor.ts";
import type { DType, Tensor } from "../types.ts";
import type { Pick } from "./resize.ts";

export interface Places {
  readonly from: Int32Array;
  readonly share: Float64Array;
}

/** The bytes of `tensor` with the places of `axis` that are asked for, in that order. */
export function pickAxis(
  tensor: Tensor,
  axis: number,
  places: Places,
  scaled: boolean,
): Uint8Array {
  const { dims } = tensor;
  const length = places.from.length;
  const outer = elementCount(dims.slice(0, axis));
  const inner = elementCount(dims.slice(axis + 1));
  const old = dims[axis]!;
  const scales = scaled && places.share.some((s) => s !== 1);
  if (!scales && byteLength(tensor.dtype, 1) * 8 === byteLength(tensor.dtype, 8)) {
    const run = byteLength(tensor.dtype, inner);
    const source = tensor.bytes;
    const out = new Uint8Array(outer * length * run);
    for (let o = 0, at = 0; o < outer; o++)
      for (let j = 0; j < length; j++, at += run) {
        const start = (o * old + places.from[j]!) * run;
        out.set(source.subarray(start, start + run), at);
      }
    return out;
  }
  const source = numbers(tensor);
  const out =
    tensor.dtype === "float64"
      ? new Float64Array(outer * length * inner)
      : new Float32Array(outer * length * inner);
  for (let o = 0, at = 0; o < outer; o++)
    for (let j = 0; j < length; j++) {
      const start = (o * old + places.from[j]!) * inner;
      const share = scaled ? places.share[j]! : 1;
      for (let i = 0; i < inner; i++) out[at++] = source[start + i]! * share;
    }
  return encoded(tensor.dtype, out);
}

/**
 * Weights [filters, channels / groups, …] of a grouped convolution. Picks hold as many channels of
 * each group, and each of a group copies one of the same group.
 */
export function pickWithinGroups(
  tensor: Tensor,
  groups: number,
  input: Pick,
  output: Pick,
): Uint8Array {
  const depth = tensor.dims[1]!;
  const inner = elementCount(tensor.dims.slice(2));
  const source = numbers(tensor);
  const newDepth = input.width / groups;
  const perGroup = output.width / groups;
  const out = new Float64Array(output.width * newDepth * inner);
  let at = 0;
  for (let f = 0; f < output.width; f++) {
    const group = Math.floor(f / perGroup);
    const row = output.from[f]! * depth;
    for (let j = 0; j < newDepth; j++) {
      const place = group * newDepth + j;
      const start = (row + input.from[place]! - group * depth) * inner;
      const share = input.share[place]!;
      for (let i = 0; i < inner; i++) out[at++] = source[start + i]! * share;
    }
  }
  return encoded(tensor.dtype, out);
}

function encoded(dtype: DType, values: Float32Array | Float64Array): Uint8Array {
  if (dtype === "float32" && values instanceof Float32Array && littleEndian)
    return new Uint8Array(values.buffer);
  return tensorOf(dtype as "float32", [values.length], values).bytes;
}

const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
