import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { convert } from "../../src/runtime/convert.ts";
import { ARRAYS, type DenseDType } from "../../src/runtime/dtypes.ts";
import type { DenseTensor } from "../../src/runtime/index.ts";
import { readNpy, writeNpy } from "../../src/runtime/npy.ts";
import { tensorStatistics } from "../../src/runtime/statistics.ts";

/** Files that NumPy 2.4.6 wrote with numpy.save, base64. */
const FROM_NUMPY: readonly (readonly [string, DenseTensor])[] = [
  [
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAPwAAgD8AAMA/AAAAQAAAIEA=",
    { dtype: "float32", dims: [2, 3], data: Float32Array.of(0, 0.5, 1, 1.5, 2, 2.5) },
  ],
  [
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAgAcAAAAAAAAA",
    { dtype: "int64", dims: [2], data: BigInt64Array.of(-(2n ** 63n), 7n) },
  ],
  [
    "k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoB",
    { dtype: "bool", dims: [], data: Uint8Array.of(1) },
  ],
  [
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAPADA",
    { dtype: "float16", dims: [2], data: Uint16Array.of(0x3c00, 0xc000) },
  ],
  [
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPHUyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDAsIDQpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo=",
    { dtype: "uint16", dims: [0, 4], data: new Uint16Array(0) },
  ],
  [
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPmY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo/+AAAAAAAAMACAAAAAAAA",
    { dtype: "float64", dims: [2], data: Float64Array.of(1.5, -2.25) },
  ],
  [
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMywgNCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAADAAAAAQAAAAQAAAACAAAABQAAAABAAAADQAAAAUAAAARAAAACQAAABUAAAACAAAADgAAAAYAAAASAAAACgAAABYAAAADAAAADwAAAAcAAAATAAAACwAAABcAAAA=",
    { dtype: "int32", dims: [2, 3, 4], data: Int32Array.from({ length: 24 }, (_, i) => i) },
  ],
];

describe(".npy", () => {
  it.each(FROM_NUMPY)("reads NumPy's %s", (text, tensor) => {
    expect(readNpy(Buffer.from(text, "base64"), "x.npy")).toEqual(tensor);
  });

  it("writes what NumPy writes, byte for byte", () => {
    for (const [text, tensor] of FROM_NUMPY.slice(0, 5))
      expect(Buffer.from(writeNpy(tensor)).toString("base64")).toBe(text);
  });

  it("reads what it writes, for every type and shape", () => {
    const dtypes = Object.keys(ARRAYS) as DenseDType[];
    fc.assert(
      fc.property(
        fc.constantFrom(...dtypes),
        fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
        (dtype, dims, bytes) => {
          const data = new ARRAYS[dtype](dims.reduce((n, d) => n * d, 1));
          const raw = new Uint8Array(data.buffer);
          for (let i = 0; i < raw.length; i++) raw[i] = bytes.next().value as number;
          const { data: got, ...rest } = readNpy(writeNpy({ dtype, dims, data }), "x.npy");
          expect(rest).toEqual({ dtype, dims });
          // By bytes: a NaN has many forms.
          expect(new Uint8Array(got.buffer)).toEqual(raw);
        },
      ),
    );
  });

  it.each([
    ["no .npy file", Buffer.from("hello world, this is text")],
    [
      "no tensor's",
      Buffer.from(
        "k05VTVBZAQB2AHsnZGVzY3InOiBbKCdhJywgJzxmNCcpLCAoJ2InLCAnPGk4JyldLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "base64",
      ),
    ],
    ["takes 24 bytes, but 20 follow", Buffer.from(FROM_NUMPY[0]![0], "base64").subarray(0, -4)],
    ["in its header", Buffer.from("\x93NUMPY\x01\x00", "latin1")],
  ])("refuses a file: %s", (message, bytes) => {
    expect(() => readNpy(bytes, "x.npy")).toThrow(message);
  });
});

describe("convert", () => {
  const doubles = (...values: number[]): DenseTensor => ({
    dtype: "float64",
    dims: [values.length],
    data: Float64Array.from(values),
  });

  it("keeps numbers, and says where it rounds", () => {
    const exact = convert(doubles(1, -0.5, Number.NaN, -0), "float32", "x");
    expect(exact.rounded).toBe(false);
    expect(exact.tensor.data).toEqual(Float32Array.of(1, -0.5, Number.NaN, -0));
    expect(convert(doubles(0.1), "float32", "x").rounded).toBe(true);
    expect(convert(doubles(2 ** 53), "int64", "x").tensor.data).toEqual(
      BigInt64Array.of(2n ** 53n),
    );
    const half: DenseTensor = {
      dtype: "float16",
      dims: [5],
      data: Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0xfc00),
    };
    expect(convert(half, "float32", "x").tensor.data).toEqual(
      Float32Array.of(1, -2, 2 ** -24, 65504, Number.NEGATIVE_INFINITY),
    );
  });

  it("refuses what a whole number cannot be", () => {
    expect(() => convert(doubles(1, 0.5), "int64", "x.npy")).toThrow("x.npy: element 1 is 0.5");
    expect(() => convert(doubles(256), "uint8", "x.npy")).toThrow("which uint8 cannot hold");
    expect(() => convert(doubles(Number.NaN), "int32", "x.npy")).toThrow("is NaN");
    expect(() => convert(doubles(1), "float16", "x.npy")).toThrow("float16");
  });
});

describe("tensorStatistics", () => {
  it("is of the finite elements", () => {
    const data = Float64Array.of(
      1e9 + 4,
      1e9 + 7,
      Number.NaN,
      1e9 + 13,
      1e9 + 16,
      Number.POSITIVE_INFINITY,
    );
    expect(tensorStatistics({ dtype: "float64", dims: [6], data })).toEqual({
      mean: 1e9 + 10,
      // Of 4, 7, 13, 16.
      std: Math.sqrt(22.5),
      min: 1e9 + 4,
      max: 1e9 + 16,
      notFinite: 2,
    });
    const none: DenseTensor = { dtype: "int64", dims: [0], data: new BigInt64Array(0) };
    expect(tensorStatistics(none)).toEqual({ notFinite: 0 });
  });
});
