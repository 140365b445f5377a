import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Papa from "papaparse";
import { describe, expect, it } from "vitest";
import { parseDevice } from "../../src/gpu/device.ts";
import { swiftshaderIcd } from "../shared.ts";
import { commandIn, failure } from "./run.ts";

const icd = swiftshaderIcd();

function withIcd<T>(path: string, act: () => T): T {
  const before = process.env.VK_ICD_FILENAMES;
  process.env.VK_ICD_FILENAMES = path;
  try {
    return act();
  } finally {
    if (before === undefined) delete process.env.VK_ICD_FILENAMES;
    else process.env.VK_ICD_FILENAMES = before;
  }
}

describe("tidemark measure", () => {
  it("documents the columns of its file", () => {
    const { code, stdout } = commandIn().run("measure", "--help");
    expect(code).toBe(0);
    for (const column of ["kernel", "medianUs", "q1Us", "driver", "date"])
      expect(stdout).toMatch(new RegExp(`^  ${column} +\\S`, "m"));
  });

  it("says what to install where there is no GPU", () => {
    const { run, folder } = commandIn();
    const ran = withIcd("/nonexistent.json", () => run("measure", "-o", "mine.json"));
    const text = failure(ran, 1);
    expect(text).toMatch(/no GPU adapter was found/);
    expect(text).toMatch(/libvulkan1/);
    expect(existsSync(join(folder, "mine.json"))).toBe(false);
    expect(ran.stdout).toBe("");
  });

  it("refuses places that it cannot write, before it measures", () => {
    const { run } = commandIn();
    expect(failure(run("measure", "-o", "no/such/folder/mine.json"), 2)).toMatch(
      /cannot be written/,
    );
    expect(failure(run("measure", "--csv", "no/such/folder/m.csv"), 2)).toMatch(/m\.csv/);
    failure(run("measure", "--timeout", "0"), 2);
  });

  it.skipIf(icd === undefined)(
    "measures SwiftShader: files that read back and profile",
    { timeout: 180_000 },
    () => {
      const { run, folder } = commandIn();
      const ran = withIcd(icd!, () =>
        run("measure", "--quick", "-o", "mine.json", "--csv", "m.csv", "-f", "json"),
      );
      expect(ran.code, ran.stderr).toBe(0);
      const result = JSON.parse(ran.stdout);
      expect(result.adapter).toMatchObject({ vendor: "google", fallback: true });
      expect(result.tickNs).toBeLessThan(1000);
      expect(result.findings.fp32Tflops.value).toBeGreaterThan(0);

      const file = JSON.parse(readFileSync(join(folder, "mine.json"), "utf8"));
      expect(file).toEqual(result.device);
      const device = parseDevice(file);
      expect(device.notes.join()).toMatch(/CPU rasteriser/);
      expect(device.figures.launchUs!.source).toBe("measured");
      expect(device.sources.measured).toMatch(/\d{4}-\d\d-\d\d: .*SwiftShader.*webgpu \d/);
      expect(ran.stderr).toMatch(/CPU rasteriser/);

      const csv = Papa.parse<Record<string, string>>(readFileSync(join(folder, "m.csv"), "utf8"), {
        header: true,
        skipEmptyLines: true,
      });
      expect(csv.errors).toEqual([]);
      expect(csv.data).toHaveLength(result.measurements.length);
      const sweeps = new Set(csv.data.map((row) => row.sweep));
      for (const sweep of ["launch", "sm-count", "slots", "peak", "bandwidth", "width"])
        expect(sweeps).toContain(sweep);
      for (const row of csv.data) {
        expect(Number(row.q1Us)).toBeLessThanOrEqual(Number(row.medianUs));
        expect(Number(row.medianUs)).toBeLessThanOrEqual(Number(row.q3Us));
        expect(Number(row.n)).toBeGreaterThan(0);
        expect(row.driver).toMatch(/SwiftShader/);
      }
      const counts = csv.data.filter((row) => row.sweep === "sm-count").map((r) => +r.workgroups!);
      expect(counts.length).toBeGreaterThanOrEqual(12);
      expect(counts[0]).toBe(1);

      const profile = run("profile", "resnet18", "--device", "mine.json", "--format", "json");
      expect(profile.code, profile.stderr).toBe(0);
      expect(JSON.parse(profile.stdout).latencyMs).toBeGreaterThan(0);
    },
  );

  it.skipIf(icd === undefined)(
    "stops on Ctrl-C with what it has",
    { timeout: 180_000 },
    async () => {
      const { folder } = commandIn();
      const bin = fileURLToPath(new URL("../../bin/tidemark.mjs", import.meta.url));
      const child = spawn(process.execPath, [bin, "measure", "--csv", "m.csv", "-o", "mine.json"], {
        cwd: folder,
        env: { ...process.env, VK_ICD_FILENAMES: icd, NO_COLOR: "1" },
        stdio: ["ignore", "ignore", "pipe"],
      });
      let stderr = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
      });
      const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
      const rows = () =>
        existsSync(join(folder, "m.csv"))
          ? readFileSync(join(folder, "m.csv"), "utf8").split("\n").length - 2
          : 0;
      // The first measurement takes a moment; a full session takes much longer than that.
      while (rows() < 1 && child.exitCode === null) await new Promise((r) => setTimeout(r, 50));
      child.kill("SIGINT");
      expect(await ended).toBe(1);
      expect(stderr).toMatch(/error: stopped/);
      expect(stderr).toMatch(/\d+ measurements taken before are in .*m\.csv/);
      expect(existsSync(join(folder, "mine.json"))).toBe(false);
      expect(rows()).toBeGreaterThanOrEqual(1);
    },
  );
});
