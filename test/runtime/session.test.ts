/** What a session takes, gives and refuses. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { float32s, int64s } from "../../src/graph/tensor.ts";
import type { DType, Graph } from "../../src/graph/types.ts";
import { type DenseTensor, nodeEngine, type Session } from "../../src/runtime/index.ts";

const floats = (dims: readonly number[], values: readonly number[]): DenseTensor => ({
  dtype: "float32",
  dims,
  data: Float32Array.from(values),
});

async function refusal(work: Promise<unknown>): Promise<UserError> {
  const error = await work.then(
    () => new Error("it did not fail"),
    (e: unknown) => e,
  );
  expect(error, String(error)).toBeInstanceOf(UserError);
  return error as UserError;
}

/** Two inputs that share a dimension, and one made of it: y = a + b, z = c. */
function addGraph(): Graph {
  const b = new GraphBuilder({ name: "adder" });
  b.input("a", ["n", 3]);
  b.input("b", ["n", 3]);
  b.input("c", ["2*n"], "int64");
  b.output(b.add("Add", ["a", "b"], {}, { outputs: ["y"] }), ["n", 3]);
  b.output(b.add("Identity", ["c"], {}, { outputs: ["z"] }), ["2*n"], "int64");
  return b.build();
}

describe("a session", () => {
  let session: Session;
  beforeAll(async () => {
    session = await nodeEngine.open(addGraph(), { threads: 1 });
  });
  afterAll(() => session.release());

  const c: DenseTensor = { dtype: "int64", dims: [2], data: BigInt64Array.of(5n, -(2n ** 60n)) };
  const a = floats([1, 3], [1, 2, 3]);

  it("computes, in any number of rows", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 5 }).chain((n) =>
          fc.record({
            n: fc.constant(n),
            x: fc.array(fc.float({ noNaN: true }), { minLength: 3 * n, maxLength: 3 * n }),
            y: fc.array(fc.float({ noNaN: true }), { minLength: 3 * n, maxLength: 3 * n }),
          }),
        ),
        async ({ n, x, y }) => {
          const got = await session.run({
            a: floats([n, 3], x),
            b: floats([n, 3], y),
            c: { dtype: "int64", dims: [2 * n], data: new BigInt64Array(2 * n) },
          });
          expect(got.y!.dims).toEqual([n, 3]);
          expect([...(got.y!.data as Float32Array)]).toEqual(
            x.map((v, i) => Math.fround(v + y[i]!)),
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  it("hands back the outputs that are asked for", async () => {
    const all = await session.run({ a, b: a, c });
    expect(Object.keys(all)).toEqual(["y", "z"]);
    expect(all.z).toEqual(c);
    const some = await session.run({ a, b: a, c }, { outputs: ["z"] });
    expect(Object.keys(some)).toEqual(["z"]);
    const error = await refusal(session.run({ a, b: a, c }, { outputs: ["Z"] }));
    expect(error.message).toBe("adder: there is no output Z; the outputs are y, z");
    expect(error.hint).toMatch(/did you mean z/);
  });

  it("takes runs that overlap in order", async () => {
    const runs = [1, 2, 3].map((k) => session.run({ a: floats([1, 3], [k, k, k]), b: a, c }));
    const firsts = (await Promise.all(runs)).map((r) => (r.y!.data as Float32Array)[0]);
    expect(firsts).toEqual([2, 3, 4]);
  });

  it.each<[string, Record<string, DenseTensor>, RegExp]>([
    ["a missing feed", { a, b: a }, /adder: input c is not fed/],
    ["an unknown feed", { a, b: a, c, d: a }, /there is no input d; the inputs are a, b, c/],
    [
      "another element type",
      { a, b: a, c: { dtype: "int32", dims: [2], data: new Int32Array(2) } },
      /input c is int64 \[2\*n\], but int32 \[2\] is fed: the element type differs/,
    ],
    ["another rank", { a: floats([3], [1, 2, 3]), b: a, c }, /float32 \[3\] is fed: rank 1, not 2/],
    ["another size", { a: floats([1, 2], [1, 2]), b: a, c }, /axis 1 has 2, not 3/],
    [
      "two sizes of one free dimension",
      { a, b: floats([2, 3], [1, 2, 3, 4, 5, 6]), c },
      /axis 0 \(n\) has 2, but axis 0 of a has 1/,
    ],
    [
      "a size that disagrees with an expression",
      { a, b: a, c: { dtype: "int64", dims: [3], data: new BigInt64Array(3) } },
      /axis 0 has 3, not 2\*n = 2/,
    ],
    ["too few elements", { a: floats([1, 3], [1]), b: a, c }, /has 3 elements, but 1 are given/],
    [
      "an array of another type",
      { a: { dtype: "float32", dims: [1, 3], data: new Float64Array(3) }, b: a, c },
      /elements of float32 come in a Float32Array, not in Float64Array/,
    ],
  ])("refuses %s", async (_, feeds, message) => {
    const error = await refusal(session.run(feeds));
    expect(error.message).toMatch(message);
    expect(error.hint).toBeTruthy();
  });

  it("names the node that fails while running", async () => {
    const b = new GraphBuilder({ name: "gatherer" });
    b.input("i", [1], "int64");
    b.initializer("table", float32s([1, 2, 3]));
    b.output(b.add("Gather", ["table", "i"], {}, { name: "pick", outputs: ["y"] }), [1]);
    const gather = await nodeEngine.open(b.build());
    const error = await refusal(
      gather.run({ i: { dtype: "int64", dims: [1], data: BigInt64Array.of(7n) } }),
    );
    expect(error.message).toMatch(/^gatherer: pick \(Gather\): .*7/);
    await gather.release();
  });

  it("throws once it is released", async () => {
    const other = await nodeEngine.open(addGraph());
    await other.release();
    await other.release();
    await expect(other.run({ a, b: a, c })).rejects.toThrow(/adder: the session is released/);
  });
});

describe("opening refuses", () => {
  const one = (op: string, opset = 20, domain = "", dtype: DType = "float32") => {
    const b = new GraphBuilder({ name: "odd", opset, opsets: domain ? { [domain]: 3 } : {} });
    b.input("x", ["n"], dtype);
    b.output(b.add(op, ["x"], {}, { name: "it", domain, outputs: ["y"] }), ["n"], dtype);
    return b.build();
  };
  it.each<[string, Graph, RegExp]>([
    [
      "an unknown operator",
      one("Frobnicate"),
      /^odd: it \(Frobnicate\): ONNX Runtime has no operator Frobnicate in ai.onnx 20$/,
    ],
    [
      "one of another domain",
      one("Foo", 20, "my.own"),
      /it \(Foo\): .* no operator Foo in my.own 3/,
    ],
    [
      "an operator set of the future",
      one("Relu", 27),
      /operator set 27 of ai.onnx is newer .*, 26/,
    ],
    ["a format of the future", one("Relu", 28), /operator set 28 .* version 14, .* up to 13/],
    [
      "a type that the operator does not take",
      one("Sin", 20, "", "int16"),
      /it \(Sin\): input x is a tensor\(int16\), which Sin does not take/,
    ],
    [
      "a type that has no kernel",
      one("Selu", 20, "", "float64"),
      /it \(Selu\): ONNX Runtime has no kernel for Selu 6 on float64/,
    ],
  ])("%s", async (_, graph, message) => {
    const error = await refusal(nodeEngine.open(graph));
    expect(error.message).toMatch(message);
    expect(error.hint).toBeTruthy();
  });

  it("no thread at all", async () => {
    expect((await refusal(nodeEngine.open(one("Relu"), { threads: 0 }))).message).toMatch(
      /0 threads/,
    );
  });

  it("element types that cannot be passed", async () => {
    const b = new GraphBuilder({ name: "brain" });
    b.input("x", [2], "bfloat16");
    b.output(b.add("Identity", ["x"], {}, { outputs: ["y"] }), [2], "bfloat16");
    const error = await refusal(nodeEngine.open(b.build()));
    expect(error.message).toMatch(/brain: x has element type bfloat16/);
  });
});

it("runs operator sets 13 to 24", async () => {
  for (let opset = 13; opset <= 24; opset++) {
    const b = new GraphBuilder({ opset });
    b.input("x", [2, 2]);
    b.initializer("shape", int64s([4]));
    b.output(b.add("Reshape", ["x", "shape"], {}, { outputs: ["y"] }), [4]);
    const session = await nodeEngine.open(b.build(), { threads: 1 });
    const { y } = await session.run({ x: floats([2, 2], [1, 2, 3, 4]) });
    expect(y, `opset ${opset}`).toEqual(floats([4], [1, 2, 3, 4]));
    await session.release();
  }
});

it("holds weights that a file would keep outside, and lets go of the caller's memory", async () => {
  const n = 5000;
  const weights = new Float32Array(n).fill(3);
  const b = new GraphBuilder();
  b.input("x", [n]);
  b.initializer("w", float32s(weights));
  b.output(b.add("Mul", ["x", "w"], {}, { outputs: ["y"] }), [n]);
  const session = await nodeEngine.open(b.build());
  weights.fill(0);
  const { y } = await session.run({ x: floats([n], Array(n).fill(2)) });
  expect((y!.data as Float32Array).every((v) => v === 6)).toBe(true);
  await session.release();
});

it("passes every element type through, float16 as its bits", async () => {
  const tensors: readonly DenseTensor[] = [
    floats([2], [1.5, -0]),
    { dtype: "float64", dims: [2], data: Float64Array.of(1e-300, Math.PI) },
    { dtype: "float16", dims: [2], data: Uint16Array.of(0x3c00, 0xfbff) },
    { dtype: "int8", dims: [2], data: Int8Array.of(-128, 127) },
    { dtype: "uint8", dims: [2], data: Uint8Array.of(0, 255) },
    { dtype: "int16", dims: [2], data: Int16Array.of(-32768, 1) },
    { dtype: "uint16", dims: [2], data: Uint16Array.of(65535, 1) },
    { dtype: "int32", dims: [2], data: Int32Array.of(-(2 ** 31), 1) },
    { dtype: "uint32", dims: [2], data: Uint32Array.of(2 ** 32 - 1, 1) },
    { dtype: "int64", dims: [2], data: BigInt64Array.of(-(2n ** 63n), 1n) },
    { dtype: "uint64", dims: [2], data: BigUint64Array.of(2n ** 64n - 1n, 1n) },
    { dtype: "bool", dims: [2], data: Uint8Array.of(0, 1) },
    { dtype: "float32", dims: [], data: Float32Array.of(7) },
    { dtype: "float32", dims: [0, 4], data: new Float32Array(0) },
  ];
  const b = new GraphBuilder();
  tensors.forEach(({ dtype, dims }, i) => {
    b.input(`x${i}`, dims, dtype);
    b.output(b.add("Identity", [`x${i}`], {}, { outputs: [`y${i}`] }), dims, dtype);
  });
  const session = await nodeEngine.open(b.build());
  const got = await session.run(Object.fromEntries(tensors.map((t, i) => [`x${i}`, t])));
  tensors.forEach((t, i) => {
    expect(got[`y${i}`]).toEqual(t);
  });
  await session.release();
});
