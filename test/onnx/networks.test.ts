/** The four networks beside the checkout, against what the official Python package counts in them. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Graph } from "../../src/graph/types.ts";
import { DTYPE_NUMBERS } from "../../src/onnx/dtypes.ts";
import { openOnnx } from "../../src/onnx/file.ts";
import { readOnnx } from "../../src/onnx/read.ts";
import { writeOnnx } from "../../src/onnx/write.ts";
import { sharedPath } from "../shared.ts";

interface Network {
  readonly nodes: number;
  readonly ops: Readonly<Record<string, number>>;
  readonly initializers: number;
  readonly weights_sha256: string;
}

const networks = JSON.parse(
  readFileSync(fileURLToPath(new URL("../data/onnx/networks.json", import.meta.url)), "utf8"),
) as Record<string, Network>;

function digest(graph: Graph): string {
  const hash = createHash("sha256");
  // Python's order of str, which is that of code units for these names.
  for (const name of [...graph.initializers.keys()].sort((a, b) => (a < b ? -1 : 1))) {
    const t = graph.initializers.get(name)!;
    hash.update(`${name} ${DTYPE_NUMBERS[t.dtype]} [${t.dims.join(", ")}]\n`).update(t.bytes);
  }
  return hash.digest("hex");
}

describe.each(Object.entries(networks))("%s", (name, expected) => {
  const path = sharedPath(`data/models/${name}.onnx.gz`);

  test.skipIf(path === undefined)("opens as the file says", () => {
    const { graph, warnings, producer, irVersion } = openOnnx(path!);
    expect(warnings).toEqual([]);
    expect(producer).toBe("pytorch 1.13.0");
    expect(irVersion).toBe(8);
    expect(graph.opsets).toEqual(new Map([["", 16]]));
    expect(graph.inputs).toEqual([
      { name: "input", dtype: "float32", shape: ["batch", 3, 224, 224] },
    ]);
    expect(graph.nodes.length).toBe(expected.nodes);
    const ops: Record<string, number> = {};
    for (const { op } of graph.nodes) ops[op] = (ops[op] ?? 0) + 1;
    expect(ops).toEqual(expected.ops);
    expect(graph.initializers.size).toBe(expected.initializers);
  });

  // VGG-16's 553 MB would need three times as much here; its weights are checked as the file has them.
  test.skipIf(path === undefined)("keeps its weights bit for bit", () => {
    const bytes = gunzipSync(readFileSync(path!), { chunkSize: 16 << 20 });
    const { graph } = readOnnx(bytes);
    for (const t of graph.initializers.values()) expect(t.bytes.buffer).toBe(bytes.buffer);
    expect(digest(graph)).toBe(expected.weights_sha256);
    if (name !== "vgg16") {
      const back = readOnnx(writeOnnx(graph)).graph;
      expect(digest(back)).toBe(expected.weights_sha256);
      expect(back.nodes).toEqual(graph.nodes);
      expect(back.inputs).toEqual(graph.inputs);
      expect(back.outputs).toEqual(graph.outputs);
    }
  });
});
