/** TensorProto and SparseTensorProto to tensors. */
import { UserError } from "../base/errors.ts";
import { byteLength, elementCount, integers, lazyTensor } from "../graph/tensor.ts";
import type { Tensor } from "../graph/types.ts";
import type { ReadContext } from "./context.ts";
import { dtypeOf } from "./dtypes.ts";
import { readExternal } from "./external.ts";
import {
  type SparseTensorProto,
  type TensorProto,
  TensorProto_DataLocation,
} from "./generated/onnx_pb.ts";
import { tensorFromPayload } from "./payload.ts";

/** A dense tensor of more elements is taken for damage. */
const MAX_ELEMENTS = 2 ** 48;

export function readTensor(proto: TensorProto, context: ReadContext, label: string): Tensor {
  const what = `${context.name}: ${label}`;
  const dtype = dtypeOf(proto.dataType);
  if (dtype === undefined)
    throw new UserError(`${what} has element type ${proto.dataType}, known are 1 to 28`, {
      hint: "the file is damaged or newer than this version of Tidemark",
    });
  const dims = readDims(proto.dims, what);
  const count = elementCount(dims);
  if (proto.segment !== undefined)
    throw new UserError(`${what} is one segment of a larger tensor, which is not supported`, {
      hint: "store the tensor whole",
    });
  if (proto.dataLocation === TensorProto_DataLocation.EXTERNAL) {
    if (dtype === "string")
      throw new UserError(`${what} has strings in external data, where ONNX allows none`, {
        hint: "store the strings in the model",
      });
    return readExternal(proto.externalData, dtype, dims, byteLength(dtype, count), context, what);
  }
  if (dtype === "string") return readStrings(proto, dims, count, what);
  if (proto.stringData.length > 0)
    throw new UserError(`${what} is ${dtype} but has ${proto.stringData.length} strings`, {
      hint: "the tensor's type or its data are damaged: export the model again",
    });
  const payload = payloadOf(proto, context);
  return tensorFromPayload(dtype, dims, count, payload, context.source, what);
}

/** In the skeleton, `raw_data` is the index of what the scan took out. */
function payloadOf(proto: TensorProto, context: ReadContext) {
  const index = proto.rawData;
  if (index.length !== 4) return undefined;
  return context.payloads[new DataView(index.buffer, index.byteOffset, 4).getUint32(0, true)];
}

function readStrings(
  proto: TensorProto,
  dims: readonly number[],
  count: number,
  what: string,
): Tensor {
  if (proto.stringData.length !== count)
    throw new UserError(
      `${what} is string [${dims.join(", ")}], ${count} strings, but has ${proto.stringData.length}`,
      { hint: "the tensor's dimensions or its data are damaged: export the model again" },
    );
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const strings = proto.stringData.map((bytes, i) => {
    try {
      return decoder.decode(bytes);
    } catch (cause) {
      throw new UserError(`${what}: string ${i} is no UTF-8 text`, {
        hint: "ONNX strings are UTF-8: export the model again",
        cause,
      });
    }
  });
  return { dtype: "string", dims, bytes: new Uint8Array(0), strings };
}

function readDims(raw: readonly bigint[], what: string): readonly number[] {
  const dims = raw.map((d, axis) => {
    if (d < 0n)
      throw new UserError(`${what} has dimension ${d} in axis ${axis}, expected 0 or more`, {
        hint: "the file is damaged: export the model again",
      });
    return Number(d);
  });
  const count = elementCount(dims);
  if (!(count <= MAX_ELEMENTS) || dims.some((d) => d > MAX_ELEMENTS))
    throw new UserError(`${what} is said to be [${raw.join(", ")}], more than 2^48 elements`, {
      hint: "the file is damaged: export the model again",
    });
  return dims;
}

/** The dense form, made when it is asked for. */
export function readSparseTensor(
  proto: SparseTensorProto,
  context: ReadContext,
  label: string,
): Tensor {
  const what = `${context.name}: ${label}`;
  if (proto.values === undefined || proto.indices === undefined)
    throw new UserError(`${what} is sparse and lacks its ${proto.values ? "indices" : "values"}`, {
      hint: "the file is damaged: export the model again",
    });
  const dims = readDims(proto.dims, what);
  const count = elementCount(dims);
  const values = readTensor(proto.values, context, `${label}, values`);
  const indices = readTensor(proto.indices, context, `${label}, indices`);
  const { dtype } = values;
  if (dtype === "string" || byteLength(dtype, 1) * 8 !== byteLength(dtype, 8))
    throw new UserError(`${what} is sparse with ${dtype} values, which is not supported`, {
      hint: "store the tensor dense",
    });
  const size = byteLength(dtype, count);
  if (size > 2 ** 31)
    throw new UserError(`${what} is sparse and would take ${size} bytes when dense`, {
      hint: "Tidemark reads sparse tensors up to 2 GB of dense size",
    });
  const positions = linearIndices(indices, values, dims, count, what);
  const width = byteLength(dtype, 1);
  context.warn(`${label} is stored sparse; it is read as a dense tensor of ${size} bytes`);
  return lazyTensor(dtype, dims, () => {
    const out = new Uint8Array(size);
    const from = values.bytes;
    positions.forEach((to, i) => {
      out.set(from.subarray(i * width, (i + 1) * width), to * width);
    });
    return out;
  });
}

function linearIndices(
  indices: Tensor,
  values: Tensor,
  dims: readonly number[],
  count: number,
  what: string,
): readonly number[] {
  const hint = "the file is damaged: export the model again";
  const n = elementCount(values.dims);
  const linear = indices.dims.length === 1 && indices.dims[0] === n;
  const rows =
    indices.dims.length === 2 && indices.dims[0] === n && indices.dims[1] === dims.length;
  if (indices.dtype !== "int64" || !(linear || rows))
    throw new UserError(
      `${what} has ${n} values and ${indices.dtype} [${indices.dims.join(", ")}] indices, expected int64 [${n}] or [${n}, ${dims.length}]`,
      { hint },
    );
  const raw = integers(indices, `${what}, indices`);
  const out = linear
    ? raw
    : Array.from({ length: n }, (_, i) =>
        dims.reduce((at, d, axis) => {
          const x = raw[i * dims.length + axis]!;
          // An index beyond its axis would fall on another element.
          return x >= 0 && x < d ? at * d + x : Number.NaN;
        }, 0),
      );
  out.forEach((at, i) => {
    if (!(at >= 0 && at < count))
      throw new UserError(
        `${what}: index ${i} lies outside of [${dims.join(", ")}]: ${raw.slice(linear ? i : i * dims.length, linear ? i + 1 : (i + 1) * dims.length).join(", ")}`,
        { hint },
      );
  });
  return out;
}
