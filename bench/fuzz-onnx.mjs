// Damages ONNX files and reads them: node bench/fuzz-onnx.mjs [FILES=20000] [SEED=1] [DEVICE]. With a
// device, what can be read is analysed and predicted too. Prints JSON; the exit code is 1 where a file
// ended in anything but sound results or one clear error, or took 2 s.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { runnerImport } from "vite";

const at = (name) => resolve(import.meta.dirname, name);
const options = { logLevel: "error", configFile: false };
const { fuzz } = (await runnerImport(at("fuzz-onnx.ts"), options)).module;
const { fuzzSeeds, networkSeeds } = (await runnerImport(at("fuzz-seeds.ts"), options)).module;
const resnet18 = at("../../shared/data/models/resnet18.onnx.gz");
const real = existsSync(resnet18) ? resnet18 : undefined;
const { loadDevice } = (await runnerImport(at("../src/study/devices.ts"), options)).module;
const [files = "20000", seed = "1", device] = process.argv.slice(2);
const seeds = device === undefined ? fuzzSeeds(real) : [...fuzzSeeds(real), ...networkSeeds(real)];
const start = performance.now();
const result = fuzz(
  seeds,
  Number(files),
  Number(seed),
  device === undefined ? undefined : loadDevice(device),
);
const seconds = Math.round((performance.now() - start) / 100) / 10;
console.log(
  JSON.stringify({ seeds: seeds.length, seed: Number(seed), seconds, ...result }, undefined, 2),
);
process.exitCode = result.defects.length === 0 && result.slowestMs < 2000 ? 0 : 1;
