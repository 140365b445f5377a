import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sharedPath } from "../shared.ts";
import { commandIn, failure } from "./run.ts";

describe("show", () => {
  test("a batch that is given twice, with two sizes", () => {
    const { run } = commandIn();
    const both = ["show", "mobilenet_v2", "-b", "8", "--dim", "batch=4"];
    expect(failure(run(...both), 2)).toContain(
      "batch 8 was asked for, and 4 for dimension batch, which is the batch",
    );
  });

  for (const name of ["densenet121", "mobilenet_v2", "resnet18", "vgg16"]) {
    const path = sharedPath(`data/models/${name}.onnx.gz`);
    test.skipIf(!path)(`${name} as PyTorch exported it`, () => {
      const { run } = commandIn();
      const shown = JSON.parse(run("show", path!, "-f", "json").stdout);
      const expected = JSON.parse(readFileSync(sharedPath(`data/models/${name}.json`)!, "utf8"));
      expect(shown.totals.macsByOp.Conv).toBe(expected.conv_macs);
      expect(shown.totals.macsByOp.Gemm).toBe(expected.linear_macs);
      expect(shown.inputs).toEqual([
        { name: "input", shape: ["batch", 3, 224, 224], dtype: "float32" },
      ]);
      expect(shown.outputs[0].shape).toEqual(["batch", 1000]);
      expect(shown.gaps).toEqual([]);
      const sum = (key: string) =>
        shown.nodes.reduce((s: number, n: Record<string, number>) => s + n[key]!, 0);
      for (const key of ["macs", "flops", "params", "bytesRead", "bytesWritten"])
        expect(sum(key)).toBe(shown.totals[key]);
    });
  }

  test("a network of the zoo has the published number of parameters", () => {
    const { run } = commandIn();
    const totals = (model: string) => JSON.parse(run("show", model, "-f", "json").stdout).totals;
    expect(totals("resnet50").params).toBeGreaterThanOrEqual(25_557_032);
    expect(totals("resnet50").macs).toBe(4_089_184_256);
  });
});

describe("profile", () => {
  test("the contract: every field, and numbers that agree with each other", () => {
    const { run } = commandIn();
    const flags = "profile resnet18 -d a100-80-sxm -b 8 -p fp16 -f json".split(" ");
    const p = JSON.parse(run(...flags).stdout);
    expect(p).toMatchObject({ device: "a100-80-sxm", batch: 8, precision: "fp16", host: "eager" });
    const busy = p.kernels.reduce((s: number, k: { timeUs: number }) => s + k.timeUs, 0);
    expect(p.gpuMs).toBeCloseTo(busy / 1000, 9);
    expect(p.latencyMs).toBeGreaterThanOrEqual(Math.max(p.gpuMs, p.hostMs) - 1e-9);
    for (const k of p.kernels) {
      expect(k.blocks).toBe(k.grid.reduce((a: number, b: number) => a * b, 1));
      expect(["launch", "memory", "tail", "compute"]).toContain(k.limiter);
      expect(k.tailFill).toBeGreaterThan(0);
      expect(k.tailFill).toBeLessThanOrEqual(1);
      expect(k.smUtilization).toBeGreaterThan(0);
      expect(k.smUtilization).toBeLessThanOrEqual(1);
      expect(k.nodes.length).toBeGreaterThan(0);
      for (const key of [
        "name",
        "algorithm",
        "tile",
        "block",
        "blocksPerSm",
        "waves",
        "flops",
        "dramBytes",
      ])
        expect(k).toHaveProperty(key);
    }
    expect(p.gaps).toEqual([]);
  });

  test("a user's own device file works like a shipped one", () => {
    const { folder, run } = commandIn();
    const file = JSON.parse(run("devices", "rtx-2080-ti", "-f", "json").stdout);
    writeFileSync(join(folder, "mine.json"), JSON.stringify({ ...file, id: "mine", aliases: [] }));
    const latency = (device: string) =>
      JSON.parse(run("profile", "resnet18", "-d", device, "-f", "json").stdout).latencyMs;
    expect(latency("./mine.json")).toBe(latency("rtx-2080-ti"));
  });

  test("CSV has a line for each kernel", () => {
    const { run } = commandIn();
    const lines = run("profile", "resnet18", "-f", "csv").stdout.trimEnd().split("\n");
    expect(lines[0]).toContain("timeUs");
    expect(lines.length).toBeGreaterThan(40);
  });
});

test("bad models end with one error", () => {
  const { folder, run } = commandIn();
  const write = (name: string, content: string | Uint8Array) =>
    writeFileSync(join(folder, name), content);
  write("empty.onnx", "");
  write("page.onnx", "<!doctype html><html><body>404</body></html>");
  write(
    "noise.onnx",
    Uint8Array.from({ length: 4096 }, (_, i) => (i * 2654435761) >>> 24),
  );
  for (const file of ["empty.onnx", "page.onnx", "noise.onnx"])
    for (const verb of ["show", "profile"]) expect(failure(run(verb, file), 1)).toContain(file);
  for (const verb of ["show", "profile", "run"])
    expect(failure(run(verb, "absent.onnx"), 2)).toContain("absent.onnx");
  expect(failure(run("show", "resnet51"), 2)).toContain("resnet50");
  expect(failure(run("profile", "resnet50:width=fast"), 2)).toContain("width");
  expect(failure(run("profile", "resnet18", "-d", "jetson-nano", "-p", "tf32"), 2)).toContain(
    "tf32",
  );
});
