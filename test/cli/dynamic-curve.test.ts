import { readFileSync } from "node:fs";
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
    [["--region", "8x8x8", "-d", "v100-sxm3"], /unknown device 'v100-sxm3'/],
  ])("refuses %j", (args, message) => {
    expect(failure(run("dynamic", "curve", ...args), 2)).toMatch(message);
  });
});
