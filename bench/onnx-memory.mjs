// Memory that reading a 104 MB model takes, each way in a process of its own: node
// bench/onnx-memory.mjs. Prints JSON; megabytes above what the process had with the reader loaded and
// a small model read.
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { runnerImport } from "vite";

const at = (name) => resolve(import.meta.dirname, name);
const options = { logLevel: "error", configFile: false };
const WAYS = ["opened", "opened, all weights held", "read whole"];
const way = process.argv[2];
const { hundredMegabytes } = (await runnerImport(at("onnx-model.ts"), options)).module;
const path = hundredMegabytes();
if (way === undefined) {
  const fileMb = statSync(path).size / 1e6;
  const results = WAYS.map((name) => {
    const { stdout } = spawnSync(process.execPath, ["--expose-gc", import.meta.filename, name]);
    const result = JSON.parse(stdout.toString());
    return { way: name, ...result, aboveFileMb: Math.round((result.peakMb - fileMb) * 10) / 10 };
  });
  console.log(JSON.stringify({ fileMb, results }, undefined, 2));
} else {
  const { openOnnx, readOnnx } = (await runnerImport(at("../src/onnx/index.ts"), options)).module;
  openOnnx(at("../test/data/onnx/control-flow.onnx"));
  const { readFileSync } = await import("node:fs");
  globalThis.gc();
  const before = process.memoryUsage.rss();
  const start = performance.now();
  const model = way === "read whole" ? readOnnx(readFileSync(path)) : openOnnx(path);
  const tensors = [...model.graph.initializers.values()];
  const held = way === WAYS[1] ? tensors.map((t) => t.bytes) : [];
  const ms = performance.now() - start;
  const heldMb = held.reduce((n, b) => n + b.length, 0) / 1e6;
  const peakMb = Math.max(0, process.memoryUsage.rss() - before) / 1e6;
  console.log(
    JSON.stringify({ ms: Math.round(ms * 10) / 10, peakMb: Math.round(peakMb * 10) / 10, heldMb }),
  );
}
