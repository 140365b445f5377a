import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { commandIn, failure } from "./run.ts";

const { folder, run } = commandIn();
const DATA = ["--data", "fashion-mnist-tiny", "--channels", "3"];

beforeAll(() => {
  run(
    "dynamic",
    "convert",
    "resnet-cifar:depth=8,width=0.25,resolution=28",
    "-m",
    "exits",
    "-o",
    "a.onnx",
  );
  const ran = run(
    "dynamic",
    "calibrate",
    "a.onnx",
    ...DATA,
    "--cost",
    "0.9",
    "--validation",
    "0.1",
    "-o",
    "n.onnx",
  );
  expect(ran.code).toBe(0);
}, 120_000);

describe("tidemark dynamic report", () => {
  it("shows what `dynamic run` prints, with pictures of the cheapest and dearest", async () => {
    const printed = run("dynamic", "run", "n.onnx", ...DATA, "--no-time", "--inputs", "-f", "json");
    const { inputs, ...result } = JSON.parse(printed.stdout);
    const ran = run(
      "dynamic",
      "report",
      "n.onnx",
      ...DATA,
      "-o",
      "page.html",
      "--images",
      "pictures",
      "--gallery",
      "3",
    );
    expect(ran.code).toBe(0);
    const html = readFileSync(join(folder, "page.html"), "utf8");
    const data = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)![1]!;
    expect(JSON.parse(data)).toEqual(result);
    expect(html).toContain(`<strong>${(100 * result.accuracy).toFixed(2)} %</strong> accurate`);
    const files = readdirSync(join(folder, "pictures")).sort();
    expect(files).toEqual([
      "cheap-01.png",
      "cheap-02.png",
      "cheap-03.png",
      "cost.png",
      "dear-01.png",
      "dear-02.png",
      "dear-03.png",
      "trade-off.png",
    ]);
    // The very image: 28 x 28 in squares of 5 within a frame of 4.
    const cheapest = inputs
      .map((each: { macs: number }, i: number) => [each.macs, i])
      .toSorted(([a, i]: number[], [b, j]: number[]) => a! - b! || i! - j!)[0][1];
    const bytes = readFileSync(
      new URL("../../data/fashion-mnist-tiny/t10k-images-idx3-ubyte.gz", import.meta.url),
    );
    const { gunzipSync } = await import("node:zlib");
    const raw = gunzipSync(bytes).subarray(16 + cheapest * 784, 16 + (cheapest + 1) * 784);
    const { data: pixels, info } = await sharp(join(folder, "pictures/cheap-01.png"))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([148, 148]);
    for (let y = 0; y < 28; y++)
      for (let x = 0; x < 28; x++)
        expect(pixels[info.channels * ((4 + 5 * y) * 148 + 4 + 5 * x)]).toBe(raw[28 * y + x]);
  }, 120_000);

  it("writes beside where it is called, named after the network", () => {
    expect(run("dynamic", "report", "n.onnx", ...DATA, "--gallery", "0").code).toBe(0);
    expect(readFileSync(join(folder, "n.html"), "utf8")).toContain("accurate");
  }, 120_000);

  it("refuses what it cannot write, or would write over, before it begins", () => {
    const report = (...args: string[]) => run("dynamic", "report", ...args);
    expect(failure(report("n.onnx", ...DATA, "-o", "page.txt"), 2)).toMatch(/ending in .html/);
    expect(failure(report("n.onnx", ...DATA, "-o", "no/page.html"), 2)).toMatch(/no folder/);
    expect(failure(report("n.onnx", ...DATA, "-d", "t4", "-o", "other.html"), 2)).toMatch(
      /add --dense DENSE.onnx/,
    );
    expect(existsSync(join(folder, "other.html"))).toBe(false);
  }, 120_000);
});
