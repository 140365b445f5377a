import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { openOnnx, saveOnnx } from "../../src/onnx/index.ts";
import { parseRecord, type TrainingRecord } from "../../src/runtime/training/record.ts";
import { linearNetwork, SMALL_REFERENCE } from "../runtime/training/trainer-helpers.ts";
import { commandIn, failure } from "./run.ts";

const BIN = fileURLToPath(new URL("../../bin/tidemark.mjs", import.meta.url));
const { folder, run } = commandIn();
const RECIPE = ["-n", "3", "-b", "50", "-t", "1", "--augment", "crop=2,flip", "--ema", "0.9"];
const begun = (out: string, ...more: string[]) => [
  "train",
  SMALL_REFERENCE,
  "--data",
  "fashion-mnist-tiny",
  ...RECIPE,
  "-o",
  out,
  ...more,
];
const start = (...args: string[]): ChildProcess =>
  spawn(process.execPath, [BIN, ...args], { cwd: folder, stdio: "ignore" });
const inFolder = (name: string) => join(folder, name);

/** What an uninterrupted training gives. */
let whole: Buffer;
beforeAll(() => {
  saveOnnx(linearNetwork(2, 2), inFolder("linear.onnx"));
  const rows = Array.from(
    { length: 80 },
    (_, i) => `${(i % 2) * 4 + (i % 7) / 7},${i % 5},${i % 2 ? "b" : "a"}`,
  );
  writeFileSync(inFolder("points.csv"), `x,y,kind\n${rows.join("\n")}\n`);
  const ran = run(...begun("whole.onnx"), "-f", "json");
  expect(ran.stderr).toMatch(/test accuracy \d/);
  expect(ran.code).toBe(0);
  expect(parseRecord(ran.stdout, "stdout")).toMatchObject({
    complete: true,
    resumedAt: [],
    threads: 1,
  });
  whole = readFileSync(inFolder("whole.onnx"));
});

describe("train", () => {
  it("writes network and record, and repeats bit for bit", () => {
    const record = parseRecord(readFileSync(inFolder("whole.json"), "utf8"), "whole.json");
    expect(record.epochs).toHaveLength(3);
    expect(record.result!.weights).toBe("averaged");
    expect(record.recipe).toMatchObject({
      batch: 50,
      augment: { crop: 2, flip: 0.5 },
      emaDecay: 0.9,
    });
    expect(record.data.counts).toEqual({ train: 500, test: 200 });
    const { graph } = openOnnx(inFolder("whole.onnx"));
    expect(graph.inputs[0]!.shape).toEqual(["batch", 1, 28, 28]);
    const again = run(...begun("again.onnx"));
    expect(again.stdout).toMatch(/^epoch +trainLoss/);
    expect(Buffer.compare(readFileSync(inFolder("again.onnx")), whole)).toBe(0);
  });

  it("comes to the same weights after kill -9 at any moment", { timeout: 240_000 }, async () => {
    const folderOf = inFolder("killed.training");
    const args = begun("killed.onnx", "--checkpoint-every", "3");
    const exists = () => existsSync(join(folderOf, "run.json"));
    const state = () =>
      exists() ? readFileSync(join(folderOf, "checkpoint")).toString("hex") : "";
    // Before anything is kept, right after a checkpoint, and somewhere between two.
    for (const { checkpoints, ms } of [
      { checkpoints: 0, ms: 400 },
      { checkpoints: 1, ms: 0 },
      { checkpoints: 3, ms: 7 },
      { checkpoints: 2, ms: 31 },
    ]) {
      const child = exists() ? start("train", "--resume", folderOf) : start(...args);
      const ended = once(child, "exit");
      let seen = state();
      for (let changes = 0; changes < checkpoints && child.exitCode === null; ) {
        await new Promise((done) => setTimeout(done, 3));
        const now = state();
        if (now !== seen) changes++;
        seen = now;
      }
      await new Promise((done) => setTimeout(done, ms));
      child.kill("SIGKILL");
      const [code, signal] = (await ended) as [number | null, string | null];
      expect([code, signal]).toEqual([null, "SIGKILL"]);
    }
    const last = run("train", "--resume", folderOf);
    expect(last.stderr).toMatch(/training from step \d+ of 30/);
    expect(Buffer.compare(readFileSync(inFolder("killed.onnx")), whole)).toBe(0);
    const record = parseRecord(readFileSync(inFolder("killed.json"), "utf8"), "killed.json");
    expect(record.complete).toBe(true);
    const trained = (of: TrainingRecord) => of.epochs.map((m) => [m.train, m.test]);
    const straight = parseRecord(readFileSync(inFolder("whole.json"), "utf8"), "whole.json");
    expect(trained(record)).toEqual(trained(straight));
  });

  it("stops in order at Ctrl-C, and goes on", { timeout: 180_000 }, async () => {
    const child = spawn(process.execPath, [BIN, ...begun("stopped.onnx")], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (/checkpoints in/.test(text)) child.kill("SIGINT");
    });
    const [code] = (await once(child, "close")) as [number];
    expect(code).toBe(1);
    expect(said).toMatch(
      /error: stopped at step \d+ of 30\n {2}go on: tidemark train --resume .*stopped.training/,
    );
    expect(run("train", "--resume", inFolder("stopped.training")).code).toBe(0);
    expect(Buffer.compare(readFileSync(inFolder("stopped.onnx")), whole)).toBe(0);
  });

  it("trains on from the weights of a file, or from fresh ones", () => {
    const args = [
      "train",
      "linear.onnx",
      "--data",
      "points.csv",
      "--label",
      "kind",
      "-n",
      "6",
      "-b",
      "8",
      "--lr",
      "0.3",
      "-t",
      "1",
    ];
    const kept = run(...args, "-o", "kept.onnx", "-f", "json");
    const record = parseRecord(kept.stdout, "stdout");
    expect(record.network.weights).toBe("keep");
    expect(record.data.counts).toEqual({ train: 64, test: 16 });
    expect(record.result!.test!.accuracy).toBe(1);
    const fresh = run(...args, "-o", "fresh.onnx", "--from-scratch", "-f", "json");
    expect(parseRecord(fresh.stdout, "stdout").network.weights).toBe("draw");
    expect(readFileSync(inFolder("fresh.onnx"))).not.toEqual(readFileSync(inFolder("kept.onnx")));
  });

  it("stops at a loss that is no number, and keeps the last good checkpoint", () => {
    const ran = run(...begun("wild.onnx", "--lr", "1e12", "--schedule", "constant"));
    const said = failure(ran, 1);
    expect(said).toMatch(/training stopped: .* at step \d+ of 30/);
    expect(said).toMatch(/last good checkpoint, of step 0, is kept in .*wild.training/);
    expect(said).toMatch(/lower the learning rate \(--lr 1e\+11\)/);
    expect(existsSync(inFolder("wild.onnx"))).toBe(false);
    // Followed to the letter but for a rate that this small network bears.
    expect(said).toMatch(/--overwrite/);
    const anew = run(...begun("wild.onnx", "--lr", "0.1", "--schedule", "constant", "--overwrite"));
    expect(anew.code).toBe(0);
    expect(existsSync(inFolder("wild.onnx"))).toBe(true);
  });

  it("says what does not fit before it begins", { timeout: 180_000 }, () => {
    writeFileSync(inFolder("own.json"), '{"mine": true}');
    const cases: [string[], 1 | 2, RegExp][] = [
      [["train"], 2, /train needs a model, --data, --epochs/],
      [
        ["train", "resnet-cifar", "--data", "nothing-here", "-n", "1"],
        2,
        /no data set and no path/,
      ],
      [
        ["train", "linear.onnx", "--data", "fashion-mnist-tiny", "-n", "1"],
        2,
        /linear.onnx takes x of \[batch, 2\], samples of fashion-mnist-tiny are 1x28x28/,
      ],
      [[...begun("x.onnx"), "--augment", "spin"], 2, /no augmentation is named 'spin'/],
      [begun("x.txt"), 2, /ends in .onnx/],
      [begun("own.onnx"), 2, /own\.json, where the record would go, is another file/],
      [[...begun("x.onnx"), "--optimizer", "adamw", "--momentum", "0.9"], 2, /no effect/],
      [
        ["train", "resnet-cifer", "--data", "fashion-mnist-tiny", "-n", "1"],
        2,
        /did you mean resnet-cifar\?/,
      ],
      [begun("no/folder/x.onnx"), 2, /could not be written: ENOENT/],
      [
        ["train", "linear.onnx", "--data", "points.csv", "-n", "1", "-o", "linear.onnx"],
        2,
        /is the input/,
      ],
      [begun("whole.onnx"), 2, /holds a training that is complete/],
      [["train", "--resume", inFolder("nowhere")], 2, /holds no training/],
      [["train", "--resume", inFolder("whole.training"), "--lr", "1"], 2, /takes no --lr/],
    ];
    for (const [args, code, message] of cases) expect(failure(run(...args), code)).toMatch(message);
    expect(existsSync(inFolder("x.training"))).toBe(false);
    expect(existsSync(inFolder("linear-fashion-mnist-tiny.training"))).toBe(false);
  });

  it("refuses to go on with other data or a damaged checkpoint", () => {
    const saved = readFileSync(inFolder("points.csv"), "utf8");
    const args = [
      "train",
      "linear.onnx",
      "--data",
      "points.csv",
      "--label",
      "kind",
      "-n",
      "2",
      "-b",
      "8",
      "-o",
      "data.onnx",
    ];
    expect(run(...args).code).toBe(0);
    writeFileSync(inFolder("points.csv"), saved.replace("4", "5"));
    const said = failure(run("train", "--resume", inFolder("data.training")), 2);
    expect(said).toMatch(/the data .*points.csv \(\w{12} instead of \w{12}\) has changed/);
    writeFileSync(inFolder("points.csv"), saved);
    expect(run("train", "--resume", inFolder("data.training")).code).toBe(0);
    rmSync(inFolder("data.onnx"));
    const path = join(inFolder("data.training"), "checkpoint");
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(path, bytes);
    expect(failure(run("train", "--resume", inFolder("data.training")), 1)).toContain(
      "its checksum is wrong",
    );
  });
});
