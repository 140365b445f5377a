// Reading and writing models. Memory is measured by onnx-memory.mjs, in processes of its own.
// `npx vitest bench --run bench/onnx.bench.ts --outputJson bench/results/onnx.json`
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { bench, describe } from "vitest";
import { openOnnx } from "../src/onnx/file.ts";
import { readOnnx } from "../src/onnx/read.ts";
import { writeOnnx } from "../src/onnx/write.ts";
import { hundredMegabytes } from "./onnx-model.ts";

const path = hundredMegabytes();
const options = { time: 2000, warmupTime: 200 };

describe("a 104 MB file", () => {
  bench("opened", () => void openOnnx(path), options);
  bench(
    "opened, all weights read",
    () => {
      for (const t of openOnnx(path).graph.initializers.values()) void t.bytes;
    },
    options,
  );
  bench("read whole, then parsed", () => void readOnnx(readFileSync(path)), options);
  const bytes = readFileSync(path);
  bench("parsed from memory", () => void readOnnx(bytes), options);
  const { graph } = readOnnx(bytes);
  bench("written to memory", () => void writeOnnx(graph), options);
});

const densenet = fileURLToPath(
  new URL("../../shared/data/models/densenet121.onnx.gz", import.meta.url),
);
describe.skipIf(!existsSync(densenet))("DenseNet-121, 421 nodes and 386 initializers", () => {
  const bytes = existsSync(densenet) ? gunzipSync(readFileSync(densenet)) : new Uint8Array(0);
  bench("parsed from memory", () => void readOnnx(bytes), options);
});
