import fc from "fast-check";
import { expect, test } from "vitest";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { float32s, zeros } from "../../src/graph/tensor.ts";
import { readOnnx } from "../../src/onnx/read.ts";
import { writeOnnx } from "../../src/onnx/write.ts";
import { graph } from "./random-graph.ts";

test("what is written reads back the same", () => {
  fc.assert(
    fc.property(graph(2), (g) => {
      const bytes = writeOnnx(g);
      const { graph: back, warnings } = readOnnx(bytes);
      expect(back).toEqual(g);
      expect(warnings).toEqual([]);
      expect(writeOnnx(back)).toEqual(bytes);
    }),
    { numRuns: 300, seed: 1 },
  );
});

test("weights are views on the file", () => {
  const b = new GraphBuilder();
  const w = b.initializer("w", float32s([1, 2, 3]));
  b.output(b.add("Identity", [w]));
  const bytes = writeOnnx(b.build());
  const { bytes: weights } = readOnnx(bytes).graph.initializers.get("w")!;
  expect(weights.buffer).toBe(bytes.buffer);
  expect(new Float32Array(weights.slice().buffer)).toEqual(new Float32Array([1, 2, 3]));
});

test("the format version is the oldest that knows the operator set and the element types", () => {
  const version = (opset: number, dtype: "float32" | "int4" | "float6e2m3") => {
    const b = new GraphBuilder({ opset });
    b.output(b.add("Identity", [b.initializer("w", zeros(dtype, [4]))]), [4], dtype);
    return readOnnx(writeOnnx(b.build())).irVersion;
  };
  // onnx/helper.py, VERSION_TABLE; onnx.proto, enum Version
  expect(version(13, "float32")).toBe(7);
  expect(version(17, "float32")).toBe(8);
  expect(version(20, "float32")).toBe(9);
  expect(version(24, "float32")).toBe(12);
  expect(version(17, "int4")).toBe(10);
  expect(version(17, "float6e2m3")).toBe(14);
});

test("values that ONNX cannot hold are refused", () => {
  const write = (attribute: { kind: "int" | "float"; value: number }) => {
    const b = new GraphBuilder();
    b.output(b.add("Op", [], { a: attribute }));
    return () => writeOnnx(b.build());
  };
  expect(write({ kind: "int", value: 1.5 })).toThrow("Op_0 (Op), attribute a: 1.5 is no integer");
  expect(write({ kind: "float", value: 1e39 })).toThrow("beyond the range of float32");
});

test("a tensor whose bytes are not those of its type and dimensions is refused", () => {
  const b = new GraphBuilder();
  b.initializer("w", { dtype: "float32", dims: [3], bytes: new Uint8Array(11) });
  b.output("w");
  expect(() => writeOnnx(b.build())).toThrow("takes 12 bytes, but 11 are given");
});
