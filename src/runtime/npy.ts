/** NumPy's file format for one array (`.npy`, versions 1 to 3). */
import { UserError } from "../base/errors.ts";
import { elementCount } from "../graph/tensor.ts";
import { ARRAYS, type DenseDType } from "./dtypes.ts";
import type { DenseTensor } from "./types.ts";

/** Type code without byte order. */
const CODES: Readonly<Record<DenseDType, string>> = {
  float32: "f4",
  float64: "f8",
  float16: "f2",
  int8: "i1",
  uint8: "u1",
  int16: "i2",
  uint16: "u2",
  int32: "i4",
  uint32: "u4",
  int64: "i8",
  uint64: "u8",
  bool: "b1",
};
const DTYPES = new Map(Object.entries(CODES).map(([dtype, code]) => [code, dtype as DenseDType]));

const MAGIC = "\x93NUMPY";
/** The elements begin at a multiple of it. */
const ALIGNMENT = 64;

/** @throws UserError for an element type that NumPy has no code for */
export function writeNpy(tensor: DenseTensor): Uint8Array {
  const code = CODES[tensor.dtype as DenseDType];
  if (code === undefined)
    throw new UserError(`${tensor.dtype} cannot be written as .npy`, {
      hint: "put a Cast before the output",
    });
  const order = code.endsWith("1") ? "|" : "<";
  const shape = tensor.dims.length === 1 ? `${tensor.dims[0]},` : tensor.dims.join(", ");
  const text = `{'descr': '${order}${code}', 'fortran_order': False, 'shape': (${shape}), }`;
  const fixed = MAGIC.length + 4 + text.length + 1;
  const header = `${text}${" ".repeat((ALIGNMENT - (fixed % ALIGNMENT)) % ALIGNMENT)}\n`;
  const { data } = tensor;
  const out = new Uint8Array(MAGIC.length + 4 + header.length + data.byteLength);
  const start = Buffer.from(`${MAGIC}\x01\x00`, "latin1");
  out.set(start);
  new DataView(out.buffer).setUint16(start.length, header.length, true);
  out.set(Buffer.from(header, "latin1"), start.length + 2);
  out.set(
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    start.length + 2 + header.length,
  );
  return out;
}

/**
 * @param name for messages, e.g. the file's path
 * @throws UserError where it is no such file, or of a type that is no tensor's
 */
export function readNpy(bytes: Uint8Array, name: string): DenseTensor {
  const latin1 = (from: number, to: number) =>
    Buffer.from(bytes.subarray(from, to)).toString("latin1");
  const wrong = (why: string) =>
    new UserError(`${name}: ${why}`, { hint: "write the file with numpy.save(path, array)" });
  if (latin1(0, MAGIC.length) !== MAGIC) throw wrong("this is no .npy file");
  const wide = bytes[MAGIC.length]! > 1;
  const at = MAGIC.length + 2 + (wide ? 4 : 2);
  if (bytes.length < at) throw wrong(`the file ends after ${bytes.length} bytes, in its header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = latin1(at, at + length);
  const descr = /'descr': *'([<>|=])([a-zA-Z]\d+)'/.exec(header);
  const shape = /'shape': *\(([^)]*)\)/.exec(header);
  const fortran = /'fortran_order': *(True|False)/.exec(header);
  if (shape === null || fortran === null) throw wrong("the header is damaged");
  const dtype = DTYPES.get(descr?.[2] ?? "");
  if (descr === null || dtype === undefined)
    throw wrong(
      `its element type ${/'descr': *([^,]+)/.exec(header)?.[1] ?? "?"} is no tensor's; known are ${[...DTYPES.keys()].join(", ")}`,
    );
  const dims = shape[1]!.split(",").flatMap((d) => (d.trim() === "" ? [] : [Number(d)]));
  const Elements = ARRAYS[dtype];
  const width = Elements.BYTES_PER_ELEMENT;
  const size = elementCount(dims) * width;
  const begin = at + length;
  if (!Number.isSafeInteger(size) || bytes.length - begin !== size)
    throw wrong(
      `${dtype} [${dims.join(", ")}] takes ${size} bytes, but ${bytes.length - begin} follow the header`,
    );
  // A copy: the elements are aligned then, whatever the file's header.
  const raw = new Uint8Array(size);
  raw.set(bytes.subarray(begin));
  if (descr[1] === ">") swap(raw, width);
  const data = new Elements(raw.buffer, 0, elementCount(dims));
  return { dtype, dims, data: fortran[1] === "True" ? rowMajor(data, dims) : data };
}

function swap(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

/** From column-major order. */
function rowMajor<T extends DenseTensor["data"]>(data: T, dims: readonly number[]): T {
  const out = data.slice() as T;
  const index = dims.map(() => 0);
  const strides: number[] = [];
  let stride = 1;
  for (const d of dims) {
    strides.push(stride);
    stride *= d;
  }
  for (let i = 0; i < out.length; i++) {
    let from = 0;
    for (let axis = 0; axis < dims.length; axis++) from += index[axis]! * strides[axis]!;
    out[i] = data[from]!;
    for (let axis = dims.length - 1; axis >= 0 && ++index[axis]! === dims[axis]; axis--)
      index[axis] = 0;
  }
  return out;
}
