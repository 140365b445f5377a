/** Families of networks as PyTorch exports them: outputs against PyTorch's, in double precision. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openOnnx, readOnnx, writeOnnx } from "../../src/onnx/index.ts";
import { type DenseTensor, nodeEngine } from "../../src/runtime/index.ts";

interface Expected {
  readonly pattern: readonly number[];
  readonly side: number;
  readonly output: Readonly<Record<string, readonly (readonly number[])[]>>;
}

const folder = new URL("../data/runtime/", import.meta.url);
const expected = JSON.parse(readFileSync(new URL("outputs.json", folder), "utf8")) as Expected;
const names = readdirSync(folder).flatMap((f) => /^(.*)\.onnx\.gz$/.exec(f)?.[1] ?? []);

function input(batch: number): DenseTensor {
  const { pattern, side } = expected;
  const dims = [batch, 3, side, side];
  const length = batch * 3 * side * side;
  return {
    dtype: "float32",
    dims,
    data: Float32Array.from({ length }, (_, i) => pattern[i % pattern.length]!),
  };
}

it("has the outputs of every network", () => {
  expect(names.toSorted()).toEqual(Object.keys(expected.output).toSorted());
  expect(names.length).toBeGreaterThanOrEqual(10);
});

describe.each(names)("%s", (name) => {
  const want = expected.output[name]!;
  const { graph } = openOnnx(new URL(`${name}.onnx.gz`, folder).pathname);

  it.each([
    ["as the file is", graph],
    ["through our read and write", readOnnx(writeOnnx(graph)).graph],
  ])("gives PyTorch's outputs, %s", async (_, which) => {
    const session = await nodeEngine.open(which, { threads: 1 });
    for (const batch of [3, 1]) {
      const { output } = await session.run({ input: input(batch) });
      expect(output!.dims).toEqual([batch, 10]);
      const largest = Math.max(...want.flat().map(Math.abs));
      want.slice(0, batch).forEach((row, n) => {
        row.forEach((w, i) => {
          const got = (output!.data as Float32Array)[10 * n + i]!;
          expect(Math.abs(got - w) / largest, `sample ${n}, output ${i}`).toBeLessThan(1e-5);
        });
      });
    }
    await session.release();
  });
});
