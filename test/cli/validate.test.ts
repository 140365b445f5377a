import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Papa from "papaparse";
import { describe, expect, it } from "vitest";
import { parseDevice } from "../../src/gpu/device.ts";
import { commandIn, failure } from "./run.ts";

const data = (name: string) => fileURLToPath(new URL(`../data/gpu/${name}`, import.meta.url));

describe("tidemark validate", () => {
  it("prints groups and overall as JSON, and what was added and left out on stderr", () => {
    const { run } = commandIn();
    const ran = run("validate", data("neusight_linear.csv"), data("tables/timm.csv"), "-f", "json");
    expect(ran.code).toBe(0);
    const report = JSON.parse(ran.stdout);
    for (const group of report.groups)
      expect(group).toMatchObject({
        device: expect.any(String),
        family: expect.any(String),
        precision: expect.any(String),
        count: expect.any(Number),
        mape: expect.any(Number),
        medianApe: expect.any(Number),
        bias: expect.any(Number),
      });
    expect(report.groups.find((g: { family: string }) => g.family === "linear").gridExact).toEqual(
      expect.any(Number),
    );
    expect(report.overall.count).toBe(
      report.groups.reduce((n: number, g: { count: number }) => n + g.count, 0),
    );
    expect(report.worst).toHaveLength(10);
    expect(report.worst[0]).toMatchObject({
      predictedUs: expect.any(Number),
      measuredUs: expect.any(Number),
      reason: expect.any(String),
    });
    expect(report.skipped[0]).toMatchObject({
      count: expect.any(Number),
      reason: expect.stringMatching(/^the zoo has no /),
    });
    expect(ran.stderr).toMatch(/added for the measuring programs: .*linear fp32 \d/);
    expect(ran.stderr).toMatch(/left out: the zoo has no tinynet_e/);
  });

  it("warns where the times are the measuring program's, however small the error", () => {
    const { folder, run } = commandIn();
    const sizes = [64, 256, 1024, 4096];
    const rows = sizes.flatMap((m) => sizes.map((n) => `t4,linear,${m},${n},512,fp32,20`));
    writeFileSync(join(folder, "const.csv"), ["device,op,m,n,k,precision,ms", ...rows].join("\n"));
    const { code, stderr } = run("validate", "const.csv");
    expect(code).toBe(0);
    expect(stderr).toMatch(/warning: t4 own linear fp32: .* are the measuring program's/);
    const real = run("validate", data("neusight_linear.csv"), data("tables/deepbench_gemm.csv"));
    expect(real.stderr).not.toMatch(/are the measuring program's/);
  });

  it("has a table and CSV of the same groups", () => {
    const { run } = commandIn();
    const { stdout } = run("validate", data("tables/deepbench_gemm.csv"), "-f", "csv");
    const rows = Papa.parse<Record<string, string>>(stdout.trim(), { header: true }).data;
    expect(rows.length).toBeGreaterThan(5);
    expect(Object.keys(rows[0]!)).toEqual(
      expect.arrayContaining(["device", "family", "precision", "count", "mape", "gridExact"]),
    );
    const table = run("validate", data("tables/deepbench_gemm.csv")).stdout;
    expect(table).toMatch(/MAPE/);
    expect(table).toMatch(/The worst 10:/);
  });

  it("refuses what it cannot read with exit code 2", () => {
    const { run, folder } = commandIn();
    writeFileSync(join(folder, "odd.csv"), "x,y\n1,2\n");
    expect(failure(run("validate", "odd.csv"), 2)).toMatch(/odd\.csv: no known kind of table/);
    expect(failure(run("validate", "none.csv"), 2)).toMatch(/none\.csv/);
  });
});

describe("tidemark calibrate", () => {
  it("writes a device file that other verbs take, whole or not at all", () => {
    const { run, folder } = commandIn();
    const table = data("tables/help_fbnet.csv");
    const ran = run("calibrate", "titan-xp", table, "-o", "mine.json", "-f", "json");
    expect(ran.code).toBe(0);
    const result = JSON.parse(ran.stdout);
    expect(result.hostUsPerOp.after).toBeGreaterThan(17);
    const written = JSON.parse(readFileSync(join(folder, "mine.json"), "utf8"));
    expect(written).toEqual(result.device);
    expect(parseDevice(written).calibration?.fittedOn[0]).toMatchObject({ data: "help", rows: 14 });
    expect(run("profile", "resnet18", "--device", "./mine.json", "-f", "csv").code).toBe(0);
    failure(run("calibrate", "titan-xp", table, "-o", "none/mine.json"), 1);
    expect(readdirSync(folder).filter((name) => name.includes("tmp"))).toEqual([]);
  });

  it("says what is missing where there is too little to fit", () => {
    const { run, folder } = commandIn();
    const ran = run("calibrate", "l4", data("tables/llmcompass_matmul.csv"), "-o", "mine.json");
    expect(failure(ran, 2)).toMatch(/no rows of l4/);
    expect(existsSync(join(folder, "mine.json"))).toBe(false);
  });
});
