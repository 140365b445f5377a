import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { breakEven, regionOf, waveBudget } from "../../src/gpu/dynamic/index.ts";
import { loadDevice } from "../../src/study/index.ts";
import { commandIn, failure } from "./run.ts";

const { folder, run } = commandIn();
const ASKED = ["--region", "256x14x14", "-b", "32", "-d", "v100-sxm2", "--kept", "0.1,0.5"];

describe("tidemark dynamic curve", () => {
  it("prints what the model says, in each format, and draws it", () => {
    const own = regionOf(
      {
        batch: 32,
        channels: 256,
        height: 14,
        width: 14,
        block: 7,
        residual: true,
        convs: [
          { channels: 256, kernel: 3 },
          { channels: 256, kernel: 3 },
        ],
      },
      { device: loadDevice("v100-sxm2") },
    );
    const budgets = [13, 64].map((asked) => waveBudget(own, asked));
    const json = run("dynamic", "curve", ...ASKED, "-f", "json", "--plot", "curve.svg");
    expect(json.code).toBe(0);
    const [curve] = JSON.parse(json.stdout).curves;
    expect(curve.points).toMatchObject(budgets);
    expect(curve.breakEven.active).toBe(breakEven(own).active);
    expect(json.stderr).toContain(
      `v100-sxm2: 256x14x14 pays up to ${breakEven(own).active} of 128`,
    );
    expect(readFileSync(join(folder, "curve.svg"), "utf8")).toMatch(/^<svg .*<\/svg>\n$/s);
    const [head, ...rows] = run("dynamic", "curve", ...ASKED, "-f", "csv")
      .stdout.trim()
      .split("\n")
      .map((line) => line.split(","));
    const column = (name: string) => rows.map((row) => row[head!.indexOf(name)]);
    expect(column("asked")).toEqual(budgets.map((b) => String(b.asked)));
    expect(column("granted")).toEqual(budgets.map((b) => String(b.active)));
    expect(column("grantedUs")).toEqual(budgets.map((b) => String(b.latencyUs)));
    expect(column("run")).toEqual(budgets.map((b) => b.verdict));
  });

  it.each([
    [[], /neither a model nor a region/],
    [["resnet18", "--region", "8x8x8"], /both the model resnet18 and --region/],
    [["resnet18", "--kept", "1.5"], /shares from 0 to 1/],
    [["--region", "8x8x8", "--block", "9"], /block 9 x 9 is larger than the output of 8 x 8/],
    [["--region", "8x8x8", "--plot", "no/where.svg"], /there is no folder/],
    [["--region", "8x8x8:kernel=2"], /kernel = 2 .* smaller.*8x8\n {2}choose an odd kernel/],
    [
      ["--region", "8x8x8:kernel=2,residual=0,convs=8"],
      /8 convolutions .* leave nothing of .* 8x8/,
    ],
    [["--region", "99999x8x8"], /sizes are from 1 to 65536/],
    [["--region", "64x5600x5600"], /64x5600x5600: .* 490000 blocks .* more than the 131072/],
    [["resnet18", "-b", "65537"], /expected an integer from 1 to 65536/],
    [["--region", "64x56x56", "-b", "65536"], /3211264 blocks/],
    [["--region", "8x8x8", "--host-us", "1e308"], /above 0, at most 1000000/],
    [["--region", "8x8x8", "-d", "v100-sxm3"], /unknown device 'v100-sxm3'/],
  ])("refuses %j", (args, message) => {
    expect(failure(run("dynamic", "curve", ...args), 2)).toMatch(message);
  });

  it("sees the same regions in a dynamic network as in the dense one", { timeout: 60_000 }, () => {
    const spec = "resnet-cifar:depth=8,width=0.25,resolution=28";
    const asked = ["-d", "t4", "--kept", "0.5", "-f", "json"];
    const dense = JSON.parse(run("dynamic", "curve", spec, ...asked).stdout);
    for (const mechanism of ["channels", "exits", "attention"]) {
      expect(run("dynamic", "convert", spec, "-m", mechanism, "-o", "net.onnx").code).toBe(0);
      const found = run("dynamic", "curve", "net.onnx", ...asked);
      expect(found.code, found.stderr).toBe(0);
      expect(JSON.parse(found.stdout).curves).toEqual(dense.curves);
    }
  });
});

describe("tidemark dynamic budget", () => {
  it("refuses what it cannot use, in one sentence, and writes nothing", {
    timeout: 120_000,
  }, () => {
    const spec = "resnet-cifar:depth=8,width=0.25,resolution=28";
    const convert = (mechanism: string, out: string) =>
      expect(run("dynamic", "convert", spec, "-m", mechanism, "-o", out).code).toBe(0);
    convert("attention:keep=0.5", "attention.onnx");
    convert("channels", "channels.onnx");
    writeFileSync(join(folder, "garbled.onnx"), "garbled");
    for (const [args, code, message] of [
      [["absent.onnx", "-o", "out.onnx"], 2, /no such file/],
      [["garbled.onnx", "-o", "out.onnx"], 1, /no valid ONNX/],
      [["channels.onnx", "-o", "out.onnx"], 2, /no region that keeps a share of its blocks/],
      [["attention.onnx", "-o", "out.onnx", "-d", "t5"], 2, /unknown device 't5'/],
      [["attention.onnx", "-o", "out.onnx", "-d", "t4", "-p", "bf16"], 2, /t4 has no bf16/],
      [["attention.onnx", "-o", "out.onnx", "-b", "0"], 2, /from 1 to 65536|at least 1/],
      [["attention.onnx", "-o", "out.onnx", "-b", "100000000"], 2, /from 1 to 65536/],
      [["attention.onnx", "-o", "out.onnx", "-b", "65536"], 2, /1048576 blocks/],
      [["attention.onnx", "-o", "attention.onnx"], 2, /is the input/],
      [["attention.onnx", "-o", "no/out.onnx"], 2, /there is no folder/],
      [["attention.onnx", "-o", "/dev/null"], 2, /a device or a pipe/],
    ] as const)
      expect(failure(run("dynamic", "budget", ...args), code), args.join(" ")).toMatch(message);
    expect(existsSync(join(folder, "out.onnx"))).toBe(false);
  });
});
