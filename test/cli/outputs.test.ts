import { execFileSync } from "node:child_process";
import { readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeOnnx } from "../../src/onnx/write.ts";
import { buildNetwork } from "../../src/zoo/index.ts";
import { commandIn, failure } from "./run.ts";

test("no verb writes over what it reads, by whatever name", () => {
  const { folder, run } = commandIn();
  const model = join(folder, "model.onnx");
  const bytes = writeOnnx(buildNetwork("resnet-cifar", { depth: 8 }));
  writeFileSync(model, bytes);
  symlinkSync(model, join(folder, "link.onnx"));
  symlinkSync(model, join(folder, "link.svg"));
  const table = "op,device,m,n,k,ms\nmatmul,t4,1024,1024,1024,1\n";
  writeFileSync(join(folder, "table.csv"), table);
  for (const args of [
    ["retune", "model.onnx", "-o", "model.onnx"],
    ["retune", "model.onnx", "-o", "link.onnx"],
    ["profile", "model.onnx", "--trace", "./model.onnx"],
    ["widths", "model.onnx", "--plot", "link.svg"],
    ["calibrate", "t4", "table.csv", "-o", "table.csv"],
    ["profile", "model.onnx", "--trace", ""],
  ])
    expect(failure(run(...args), 2), args.join(" ")).toMatch(/is the input|names no file/);
  expect(readFileSync(model).equals(bytes)).toBe(true);
  expect(readFileSync(join(folder, "table.csv"), "utf8")).toBe(table);
});

test("without a GPU, measure leaves an earlier CSV as it was", () => {
  const { folder, run } = commandIn();
  writeFileSync(join(folder, "before.csv"), "earlier measurements\n");
  const icd = process.env.VK_ICD_FILENAMES;
  process.env.VK_ICD_FILENAMES = join(folder, "no-driver.json");
  try {
    failure(run("measure", "--csv", "before.csv"), 1);
  } finally {
    if (icd === undefined) delete process.env.VK_ICD_FILENAMES;
    else process.env.VK_ICD_FILENAMES = icd;
  }
  expect(readFileSync(join(folder, "before.csv"), "utf8")).toBe("earlier measurements\n");
});

test("a device or a pipe is not replaced by a file", () => {
  const { folder, run } = commandIn();
  writeFileSync(join(folder, "model.onnx"), writeOnnx(buildNetwork("resnet-cifar", { depth: 8 })));
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const args = ["dynamic", "convert", "model.onnx", "-m", "exits", "-o", pipe];
  expect(failure(run(...args), 2)).toMatch(/pipe cannot be written: it is a device or a pipe/);
  expect(statSync(pipe).isFIFO()).toBe(true);
});
