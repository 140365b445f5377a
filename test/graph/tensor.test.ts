import fc from "fast-check";
import { expect, test } from "vitest";
import {
  byteLength,
  float32s,
  int64s,
  integers,
  lazyTensor,
  numbers,
  stringTensor,
  tensorOf,
  typedView,
  zeros,
} from "../../src/graph/tensor.ts";

test("types under 8 bits lie densely", () => {
  expect(tensorOf("int4", [3], [1, -2, 7]).bytes).toEqual(new Uint8Array([0xe1, 0x07]));
  expect(tensorOf("uint2", [5], [1, 2, 3, 0, 1]).bytes).toEqual(new Uint8Array([0x39, 0x01]));
  // onnx.proto: byte0 = x0 | ((x1 & 0x3) << 6), byte1 = (x1 >> 2) | ((x2 & 0xF) << 4), …
  const six = tensorOf("float6e2m3", [4], [7.5, -7.5, 0.125, 1]);
  expect(six.bytes).toEqual(new Uint8Array([0x1f | (0x3 << 6), 0x0f | (1 << 4), 0x08 << 2]));
  expect(byteLength("float6e2m3", 5)).toBe(4);
});

test("numbers in, the same numbers out", () => {
  const cases = [
    ["int8", fc.integer({ min: -128, max: 127 })],
    ["uint16", fc.integer({ min: 0, max: 65535 })],
    ["int32", fc.integer()],
    ["uint32", fc.nat(2 ** 32 - 1)],
    ["int64", fc.maxSafeInteger()],
    ["uint64", fc.maxSafeNat()],
    ["int4", fc.integer({ min: -8, max: 7 })],
    ["uint4", fc.nat(15)],
    ["int2", fc.integer({ min: -2, max: 1 })],
    ["uint2", fc.nat(3)],
    ["float32", fc.float({ noNaN: true })],
    ["float64", fc.double()],
  ] as const;
  for (const [dtype, value] of cases)
    fc.assert(
      fc.property(fc.array(value, { maxLength: 9 }), (values) => {
        const tensor = tensorOf(dtype, [values.length], values);
        expect(Array.from(numbers(tensor))).toEqual(values);
      }),
      { numRuns: 50, seed: 1 },
    );
});

test("views need no alignment", () => {
  const file = Buffer.alloc(21);
  new Float32Array([1.5, -2]).forEach((x, i) => {
    file.writeFloatLE(x, 3 + 4 * i);
  });
  const tensor = { dtype: "float32", dims: [2], bytes: file.subarray(3, 11) } as const;
  expect(Array.from(numbers(tensor))).toEqual([1.5, -2]);
  const aligned = { ...tensor, bytes: new Uint8Array(new Float32Array([4, 5]).buffer) };
  expect(typedView(aligned).buffer).toBe(aligned.bytes.buffer);
});

test("64-bit integers", () => {
  const ends = tensorOf("int64", [2], [2n ** 63n - 1n, -(2n ** 63n)]);
  expect(Array.from(numbers(ends))).toEqual([2 ** 63, -(2 ** 63)]);
  expect(() => integers(ends, "Slice_3, ends")).toThrow(
    "Slice_3, ends: 9223372036854776000 is no integer up to 2^53",
  );
  expect(integers(int64s([3, -1]))).toEqual([3, -1]);
});

test("the number of values is that of the dimensions", () => {
  expect(() => tensorOf("float32", [2, 3], [1])).toThrow(
    "1 values for a tensor of [2, 3], which has 6",
  );
  expect(() => float32s(new Float32Array(2), [3])).toThrow("2 values for a tensor of [3]");
  expect(() => stringTensor(["a"], [2])).toThrow("1 strings for a tensor of [2]");
});

test("lazy tensors are made when asked for", () => {
  let made = 0;
  const tensor = lazyTensor("uint8", [2], () => {
    made++;
    return new Uint8Array([1, 2]);
  });
  expect(made).toBe(0);
  expect(Array.from(numbers(tensor))).toEqual([1, 2]);
  expect(tensor.bytes).toBe(tensor.bytes);
  expect(made).toBe(1);
  expect(zeros("float16", [3, 5]).bytes).toEqual(new Uint8Array(30));
});
