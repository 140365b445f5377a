// Dynamic networks against their dense ones, from nothing to the figures: each network is trained dense,
// given a coarse network before it, which is trained alone, calibrated on held-out samples and evaluated on
// the test split. The dense network inside keeps every weight that it is compared with. Every step is a
// command as one would type it; a step whose file is there is not run again, and a training that was
// stopped is resumed.
//
//     npm run build
//     node examples/dynamic/run.mjs --out dynamic-goals --only cifar10-vgg --seeds 1
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { RECIPES } from "./recipes.mjs";

const TIDEMARK = fileURLToPath(new URL("../../bin/tidemark.mjs", import.meta.url));
const { values } = parseArgs({
  options: {
    out: { type: "string", default: "dynamic-goals" },
    only: {
      type: "string",
      default: Object.keys(RECIPES)
        .filter((name) => name !== "tiny")
        .join(","),
    },
    seeds: { type: "string", default: "3" },
    threads: { type: "string", default: "2" },
    rounds: { type: "string", default: "15" },
    retime: { type: "boolean", default: false },
  },
});

const out = resolve(values.out);
const rows = [];
for (const name of values.only.split(",")) {
  const recipe = RECIPES[name];
  if (recipe === undefined) {
    process.stderr.write(
      `error: no recipe ${name}; choose from ${Object.keys(RECIPES).join(", ")}\n`,
    );
    process.exit(2);
  }
  for (let seed = 1; seed <= Number(values.seeds); seed++) rows.push(one(name, recipe, seed));
}
writeFileSync(join(out, "result.json"), `${JSON.stringify(rows, null, 1)}\n`);
for (const row of rows) process.stdout.write(`${textOf(row)}\n`);

function one(name, recipe, seed) {
  const { data, model, mechanisms, devices, further } = recipe;
  const folder = join(out, `${name}-${seed}`);
  mkdirSync(folder, { recursive: true });
  const at = (file) => join(folder, file);
  const common = ["--validation", "0.1", "--seed", String(seed), "--threads", values.threads];
  train(["train", model, "--data", data, ...recipe.dense, ...common], at("dense"));
  if (further !== undefined)
    train(["train", at("dense.onnx"), "--data", data, ...further, ...common], at("further"));
  const dense = at(further === undefined ? "dense.onnx" : "further.onnx");
  const specs = mechanisms.flatMap((spec) => ["-m", spec]);
  const seeded = ["--seed", String(seed)];
  step(at("converted.onnx"), ["dynamic", "convert", dense, ...specs, ...seeded]);
  train(
    ["dynamic", "train", at("converted.onnx"), "--data", data, ...recipe.dynamic, ...common],
    at("trained"),
  );
  step(at("calibrated.onnx"), [
    ...["dynamic", "calibrate", at("trained.onnx"), "--data", data],
    ...[...recipe.calibrate, "--dense", dense],
  ]);
  step(at("deployed.onnx"), ["dynamic", "export", at("calibrated.onnx")]);
  const file = at("run.json");
  if (!existsSync(file) || values.retime)
    writeFileSync(
      file,
      tidemark([
        ...["dynamic", "run", at("calibrated.onnx"), "--data", data, "--dense", dense],
        ...["--rounds", values.rounds, "--device", devices.join(","), "--host", "cuda-graph"],
        ...["--format", "json"],
      ]),
    );
  const seconds = (part) =>
    JSON.parse(readFileSync(at(`${part}.json`), "utf8")).epochs.reduce(
      (sum, e) => sum + e.seconds,
      0,
    );
  return {
    name,
    seed,
    seconds: {
      dense: seconds("dense") + (further === undefined ? 0 : seconds("further")),
      dynamic: seconds("trained"),
    },
    ...JSON.parse(readFileSync(file, "utf8")),
  };
}

/** @param base path of the result without .onnx */
function train(args, base) {
  if (existsSync(`${base}.onnx`)) return;
  const verb = args[0] === "dynamic" ? ["dynamic", "train"] : ["train"];
  const begun = existsSync(join(`${base}.training`, "run.json"));
  tidemark(begun ? [...verb, "--resume", `${base}.training`] : [...args, "-o", `${base}.onnx`]);
}

function step(file, args) {
  if (!existsSync(file)) tidemark([...args, "-o", file]);
}

function tidemark(args) {
  process.stderr.write(`tidemark ${args.join(" ")}\n`);
  const { status, stdout } = spawnSync(process.execPath, [TIDEMARK, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) process.exit(status ?? 1);
  return stdout;
}

function textOf({ name, seed, accuracy, dense, macs, times, exits, seconds }) {
  const percent = (x) => `${(100 * x).toFixed(2)} %`;
  const speeds = times.map(({ batch, sides }) => {
    const [, dynamic, worst] = sides;
    // Of nothing saved there is no share.
    const share =
      macs.saved > 0
        ? ` (${percent((1 - 1 / dynamic.speedup) / macs.saved)} of the MACs saved)`
        : "";
    return `batch ${batch}: ${dynamic.speedup.toFixed(2)}x${share}, worst case ${(1 / worst.speedup).toFixed(2)} of dense`;
  });
  const left = exits.map(
    (exit) => `${exit.name} ${percent(exit.share)} at ${percent(exit.accuracy ?? Number.NaN)}`,
  );
  return [
    `${name}, seed ${seed}: dense ${percent(dense.accuracy)}, dynamic ${percent(accuracy)}, ${percent(macs.saved)} of the MACs saved`,
    `  ${left.join(", ")}`,
    `  ${speeds.join("; ")}`,
    `  trained in ${Math.round(seconds.dense)} + ${Math.round(seconds.dynamic)} s`,
  ].join("\n");
}
