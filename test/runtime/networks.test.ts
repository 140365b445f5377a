/** Outputs against PyTorch's own, from the file as it is and through our read and write. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Graph } from "../../src/graph/types.ts";
import { openOnnx, readOnnx, saveOnnx, writeOnnx } from "../../src/onnx/index.ts";
import { type DenseTensor, nodeEngine } from "../../src/runtime/index.ts";
import { sharedPath } from "../shared.ts";

const patternPath = sharedPath("data/models/pattern.json");

/** As the reference outputs were made: the pattern, repeated. */
function patternInput(): DenseTensor {
  const pattern = JSON.parse(readFileSync(patternPath!, "utf8")) as number[];
  const dims = [1, 3, 224, 224];
  const data = Float32Array.from({ length: 3 * 224 * 224 }, (_, i) => pattern[i % pattern.length]!);
  return { dtype: "float32", dims, data };
}

async function outputs(graph: Graph): Promise<Float32Array> {
  const session = await nodeEngine.open(graph, { threads: 1 });
  try {
    const { output } = await session.run({ input: patternInput() });
    expect(output!.dims).toEqual([1, 1000]);
    return output!.data as Float32Array;
  } finally {
    await session.release();
  }
}

const folder = mkdtempSync(join(tmpdir(), "tidemark-runtime-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(["densenet121", "mobilenet_v2", "resnet18", "vgg16"])("%s from PyTorch", (name) => {
  const model = sharedPath(`data/models/${name}.onnx.gz`);
  const facts = sharedPath(`data/models/${name}.json`);

  test.skipIf(!model || !facts || !patternPath)("gives PyTorch's outputs", async () => {
    const want = (JSON.parse(readFileSync(facts!, "utf8")) as { output: number[] }).output;
    const close = (got: Float32Array) =>
      want.forEach((w, i) => {
        expect(Math.abs(got[i]! - w) / Math.abs(w), `output ${i}`).toBeLessThanOrEqual(1e-4);
      });
    const { graph } = openOnnx(model!);
    close(await outputs(graph));
    // Through bytes, and for the largest through a file whose weights lie beside it.
    if (name !== "vgg16") close(await outputs(readOnnx(writeOnnx(graph)).graph));
    else {
      const path = join(folder, `${name}.onnx`);
      saveOnnx(graph, path, { external: true });
      close(await outputs(openOnnx(path).graph));
    }
  });
});
