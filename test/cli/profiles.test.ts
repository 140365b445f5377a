import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { commandIn, failure } from "./run.ts";

const sample = (name: string) =>
  fileURLToPath(new URL(`../data/gpu/profiles/${name}`, import.meta.url));
const { folder, run } = commandIn();
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe("import-profile", () => {
  it("reads a plain and a compressed trace alike, as text, JSON and CSV", () => {
    const plain = run("import-profile", sample("kineto.json"), "-f", "json");
    expect(plain.code).toBe(0);
    const compressed = run("import-profile", sample("kineto.json.gz"), "-f", "json");
    expect(compressed.stdout).toBe(plain.stdout);
    const profile = JSON.parse(plain.stdout);
    expect(profile).toMatchObject({ launches: 3, kernelUs: 220 });
    expect(profile.advice[0]).toMatchObject({ cause: "host", savesUs: 68 });
    const text = run("import-profile", sample("kineto.json"));
    expect(text.stdout).toContain("Tesla V100-SXM2-32GB, 80 SMs");
    expect(text.stdout.replaceAll(/\s+/g, " ")).toContain("324 blocks on 80 SMs, 5 on the busiest");
    const csv = run("import-profile", sample("ncu-raw.csv"), "-f", "csv");
    expect(csv.stdout.split("\n")[1]).toContain("24x18x1");
    expect(csv.stderr).toContain("left out: kernel with a duration of zero (1)");
  });

  it("reads what is left of a file that was cut off, compressed or not, and warns", () => {
    const whole = readFileSync(sample("kineto.json"), "utf8");
    const cut = file("cut.json", whole.slice(0, whole.lastIndexOf("volta_scudnn")));
    // Stored without compression, so that the cut falls where the text's is.
    const stored = gzipSync(whole, { level: 0 });
    const cutZip = file("cut.json.gz", stored.subarray(0, whole.lastIndexOf("volta_scudnn")));
    for (const path of [cut, cutZip]) {
      const ran = run("import-profile", path, "-f", "json");
      expect(ran.code).toBe(0);
      expect(ran.stderr).toContain("ends in the middle: 2 launches before that were read");
      expect(JSON.parse(ran.stdout)).toMatchObject({ truncated: true, launches: 2 });
    }
  });

  it("notes what follows a whole trace, compressed or not, and reads the trace", () => {
    const whole = readFileSync(sample("kineto.json"));
    const junk = Buffer.from("garbage\n");
    for (const [name, bytes, note] of [
      ["tail.json", [whole, junk], /text after the end of the trace, which begins "garbage/],
      ["twice.json.gz", [gzipSync(whole), gzipSync(whole)], /text after the end of the trace/],
    ] as const) {
      const ran = run("import-profile", file(name, Buffer.concat([...bytes])), "-f", "json");
      expect(ran.code).toBe(0);
      expect(ran.stderr).toMatch(note);
      expect(JSON.parse(ran.stdout)).toMatchObject({ truncated: false, launches: 3 });
    }
  });

  it("says what a wrong file looks like", () => {
    expect(failure(run("import-profile", "missing.json"), 2)).toContain("does not exist");
    expect(failure(run("import-profile", folder), 2)).toContain("is a folder");
    expect(failure(run("import-profile", file("empty.json", "")), 1)).toContain("is empty");
    const report = file("a.ncu-rep", "NVR\0\u0001");
    expect(failure(run("import-profile", report), 1)).toContain("ncu --import REPORT.ncu-rep");
    const damaged = gunzipSync(readFileSync(sample("kineto.json.gz")));
    const bytes = gzipSync(damaged);
    bytes.fill(0xaa, 40, 80);
    expect(failure(run("import-profile", file("bad.gz", bytes)), 1)).toContain("is damaged");
  });
});

describe("profile --trace", () => {
  it("writes a trace whose kernels import-profile reads back with the same waves", () => {
    const trace = join(folder, "trace.json");
    const args = ["resnet18", "-d", "a100-80-sxm", "-b", "4", "--trace", trace, "-f", "json"];
    const ran = run("profile", ...args);
    expect(ran.stderr).toContain("https://ui.perfetto.dev");
    const prediction = JSON.parse(ran.stdout);
    const imported = JSON.parse(run("import-profile", trace, "-f", "json").stdout);
    expect(imported.contradictions).toEqual([]);
    expect(imported.skipped).toEqual([]);
    expect(imported.launches).toBe(prediction.kernels.length);
    expect(imported.kernelUs / 1e3).toBeCloseTo(prediction.gpuMs, 3);
    const key = (k: { name: string; grid: number[]; waves: number; blocksPerSm: number }) =>
      `${k.name} ${k.grid.join("x")} ${k.blocksPerSm} ${k.waves}`;
    expect(new Set(imported.kernels.map(key))).toEqual(new Set(prediction.kernels.map(key)));
  });

  it("says that a file cannot be written", () => {
    const message = failure(run("profile", "resnet18", "--trace", "no/such/folder/t.json"), 1);
    expect(message).toContain("cannot be written");
  });
});

describe("compare", () => {
  it("tells the largest differences between two devices, with the first as the baseline", () => {
    const ran = run("compare", "resnet18", "-d", "v100-sxm2,t4", "-b", "8", "-f", "json");
    const found = JSON.parse(ran.stdout);
    const profiled = (id: string) =>
      JSON.parse(run("profile", "resnet18", "-d", id, "-b", "8", "-f", "json").stdout);
    const [a, b] = [profiled("v100-sxm2"), profiled("t4")];
    const latency = found.totals.find((t: { what: string }) => t.what === "latencyMs");
    expect(latency).toEqual({
      what: "latencyMs",
      a: a.latencyMs,
      b: b.latencyMs,
      change: b.latencyMs / a.latencyMs - 1,
    });
    const sizes = found.units.map((u: { deltaUs: number }) => Math.abs(u.deltaUs));
    expect(sizes).toEqual([...sizes].sort((x, y) => y - x));
    const text = run("compare", "resnet18", "mobilenet_v2", "--host", "eager,compiled").stdout;
    expect(text).toContain("A resnet18 on ");
    expect(text).toContain("aligned by place and kind, not by name");
  });

  it("refuses what is no comparison", () => {
    expect(failure(run("compare", "resnet18"), 2)).toContain("A and B are the same");
    expect(run("compare", "resnet18", "-d", "t4,l4,a10").stderr).toContain("two with a comma");
    expect(run("compare", "resnet18", "-p", "fp32,fp12").stderr).toContain("allowed choices");
  });
});
