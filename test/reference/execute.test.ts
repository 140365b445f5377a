import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openOnnx } from "../../src/onnx/index.ts";
import { sharedPath } from "../shared.ts";
import { array, execute } from "./execute.ts";

const model = sharedPath("data/models/mobilenet_v2.onnx.gz");

test.skipIf(!model)("computes what PyTorch computes for MobileNetV2", () => {
  const read = (name: string) =>
    JSON.parse(readFileSync(sharedPath(`data/models/${name}`)!, "utf8"));
  const pattern: number[] = read("pattern.json");
  const input = array([1, 3, 224, 224]);
  input.data.forEach((_, i) => {
    input.data[i] = pattern[i % pattern.length]!;
  });
  const [output] = execute(openOnnx(model!).graph, { input });
  const expected: number[] = read("mobilenet_v2.json").output;
  const scale = Math.max(...expected.map(Math.abs));
  expected.forEach((y, i) => {
    expect(Math.abs(output!.data[i]! - y) / scale).toBeLessThan(1e-4);
  });
});
