/** Tensors whose bytes lie in a file beside the model. */
import { UserError } from "../base/errors.ts";
import { lazyTensor } from "../graph/tensor.ts";
import type { DType, Tensor } from "../graph/types.ts";
import type { ExternalFile, ReadContext } from "./context.ts";
import type { StringStringEntryProto } from "./generated/onnx_pb.ts";

/**
 * @param size that type and dimensions ask for
 * @throws UserError where the entries contradict the tensor or the file
 */
export function readExternal(
  entries: readonly StringStringEntryProto[],
  dtype: DType,
  dims: readonly number[],
  size: number,
  context: ReadContext,
  what: string,
): Tensor {
  const fields = new Map(entries.map((e) => [e.key, e.value]));
  const location = fields.get("location");
  if (location === undefined || location === "")
    throw new UserError(`${what} lies in external data, but no location is given`, {
      hint: "the file is damaged: export the model again",
    });
  const offset = bytesField(fields, "offset", what) ?? 0;
  const length = bytesField(fields, "length", what) ?? size;
  if (length !== size)
    throw new UserError(
      `${what} is ${dtype} [${dims.join(", ")}], ${size} bytes, but its external data has ${length}`,
      { hint: "the tensor's dimensions or its location are damaged: export the model again" },
    );
  const external = { location, offset, length };
  const file = open(context, location, what) ?? { missing: "external files were not given" };
  if ("missing" in file) {
    context.warn(`weights in ${location} cannot be read: ${file.missing}`);
    return {
      dtype,
      dims,
      external,
      get bytes(): Uint8Array {
        throw new UserError(`${what} lies in ${location}, which cannot be read: ${file.missing}`, {
          hint: "put the file beside the model",
        });
      },
    };
  }
  if (offset + length > file.size)
    throw new UserError(
      `${what} lies in ${location} at bytes ${offset} to ${offset + length}, but that file has ${file.size}`,
      { hint: "the weights file is truncated or belongs to another model: fetch it again" },
    );
  return lazyTensor(dtype, dims, () => file.read(offset, length), external);
}

/** @throws UserError naming the tensor where the file may not be read */
function open(context: ReadContext, location: string, what: string): ExternalFile | undefined {
  try {
    return context.external?.(location);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${what} lies in external data: ${error.message}`, {
      ...(error.hint !== undefined && { hint: error.hint }),
      cause: error,
    });
  }
}

function bytesField(
  fields: ReadonlyMap<string, string>,
  key: string,
  what: string,
): number | undefined {
  const text = fields.get(key);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new UserError(`${what}: external data has ${key} "${text}", expected a number of bytes`, {
      hint: "the file is damaged: export the model again",
    });
  return value;
}
