/** A model file of 104 MB: eleven 3x3 convolutions of 512 channels, raw float32. */
import { existsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { int, ints } from "../src/graph/attribute.ts";
import { GraphBuilder } from "../src/graph/builder.ts";
import { float32s } from "../src/graph/tensor.ts";
import { saveOnnx } from "../src/onnx/save.ts";

/** @returns its path; it is made once */
export function hundredMegabytes(): string {
  const path = join(tmpdir(), "tidemark-bench-100mb.onnx");
  if (existsSync(path) && statSync(path).size > 100e6) return path;
  const b = new GraphBuilder({ name: "bench" });
  let x = b.input("input", ["batch", 512, 14, 14]);
  for (let i = 0; i < 11; i++) {
    const w = Float32Array.from({ length: 512 * 512 * 9 }, (_, j) => Math.sin(i + j));
    const weight = b.initializer(`w${i}`, float32s(w, [512, 512, 3, 3]));
    const attributes = { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1), group: int(1) };
    x = b.add("Relu", [b.add("Conv", [x, weight], attributes)]);
  }
  b.output(x);
  saveOnnx(b.build(), path);
  return path;
}
