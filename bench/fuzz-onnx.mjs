// Damages ONNX files and reads them: node bench/fuzz-onnx.mjs [FILES=20000] [SEED=1]. Prints JSON; the
// exit code is 1 where a file ended in anything but a graph or one clear error.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { runnerImport } from "vite";

const at = (name) => resolve(import.meta.dirname, name);
const options = { logLevel: "error", configFile: false };
const { fuzz } = (await runnerImport(at("fuzz-onnx.ts"), options)).module;
const { fuzzSeeds } = (await runnerImport(at("fuzz-seeds.ts"), options)).module;
const resnet18 = at("../../shared/data/models/resnet18.onnx.gz");
const seeds = fuzzSeeds(existsSync(resnet18) ? resnet18 : undefined);
const [files = "20000", seed = "1"] = process.argv.slice(2);
const start = performance.now();
const result = fuzz(seeds, Number(files), Number(seed));
const seconds = Math.round((performance.now() - start) / 100) / 10;
console.log(
  JSON.stringify({ seeds: seeds.length, seed: Number(seed), seconds, ...result }, undefined, 2),
);
process.exitCode = result.defects.length === 0 ? 0 : 1;
