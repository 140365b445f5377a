import { expect, test } from "vitest";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { readOnnx } from "../../src/onnx/read.ts";
import { writeOnnx } from "../../src/onnx/write.ts";

/** A model whose input is [q, 3, q], with the text of both dimensions replaced. */
function withDimension(text: string): Uint8Array {
  const builder = new GraphBuilder({ name: "g" });
  builder.input("x", ["q", 3, "q"]);
  builder.output(builder.add("Relu", ["x"]));
  const bytes = writeOnnx(builder.build());
  // Field 2 of a dimension (dim_param), one byte, "q".
  for (let i = 0; i + 2 < bytes.length; i++)
    if (bytes[i] === 0x12 && bytes[i + 1] === 1 && bytes[i + 2] === "q".charCodeAt(0))
      bytes[i + 2] = text.charCodeAt(0);
  return bytes;
}

test("dimensions of one name are one dimension", () => {
  const [x] = readOnnx(withDimension("n")).graph.inputs;
  expect(x!.shape).toEqual(["n", 3, "n"]);
});

test("'?' names no dimension: each is unknown on its own", () => {
  const [x] = readOnnx(withDimension("?")).graph.inputs;
  const [first, , last] = x!.shape!;
  expect(typeof first).toBe("string");
  expect(first).not.toBe(last);
});
