import { execFileSync } from "node:child_process";
import { readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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

test.runIf(process.platform === "linux")(
  "a folder below one that takes none is one error, and no verb waits for it for ever",
  () => {
    const { run } = commandIn(undefined, 60_000);
    const study = fileURLToPath(new URL("../../examples/fast-cells.yaml", import.meta.url));
    const few = [study, "--no-report", "-n", "2"];
    expect(run("explore", ...few).code).toBe(0);
    const spec = "resnet-cifar:depth=8,width=0.25,resolution=28";
    expect(run("dynamic", "convert", spec, "-m", "exits", "-o", "net.onnx").code).toBe(0);
    const data = ["--data", "fashion-mnist-tiny", "--channels", "3", "--gallery", "0"];
    const absent = "/proc/tidemark/folder";
    for (const args of [
      ["dynamic", "report", "net.onnx", ...data, "--images", absent],
      ["explore", ...few, "--store", `${absent}/studies.db`],
      ["serve", "--export", absent],
    ])
      expect(failure(run(...args), 1), args.join(" ")).toMatch(
        /error: .*(E[A-Z]+: \/proc takes no folders|permission)/,
      );
  },
  240_000,
);
