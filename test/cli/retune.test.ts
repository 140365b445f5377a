import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openOnnx, saveOnnx } from "../../src/onnx/index.ts";
import { analyze } from "../../src/ops/analyze.ts";
import { array, difference, execute } from "../reference/execute.ts";
import { Net, randomInput } from "../reference/networks.ts";
import { sharedPath } from "../shared.ts";
import { commandIn, failure } from "./run.ts";

const FLAGS = ["-d", "titan-v", "-b", "8", "--host", "cuda-graph"];

describe("retune", () => {
  test("what it reports is what profile says of the network that it writes", () => {
    const { folder, run } = commandIn();
    const flags = ["mobilenet_v2:resolution=64", ...FLAGS, "-f", "json"];
    const report = JSON.parse(run("retune", ...flags, "-o", "out.onnx").stdout);
    expect(report.after.latencyMs).toBeLessThanOrEqual(report.before.latencyMs);
    expect(report.ratios.macs).toBeGreaterThan(1.1);
    expect(report.ratios.params).toBeGreaterThanOrEqual(1);
    expect(report.ratios.capacity).toBeGreaterThanOrEqual(1);
    const stages: readonly { before: { macs: number }; after: { macs: number } }[] = report.stages;
    for (const side of ["before", "after"] as const) {
      const macs = stages.reduce((sum, s) => sum + s[side].macs, 0);
      expect(macs).toBe(report[side].macs);
    }
    const after = JSON.parse(run("profile", "out.onnx", ...FLAGS, "-f", "json").stdout);
    expect(after.latencyMs).toBeCloseTo(report.after.latencyMs, 9);
    const before = JSON.parse(run("profile", flags[0]!, ...FLAGS, "-f", "json").stdout);
    expect(before.latencyMs).toBeCloseTo(report.before.latencyMs, 9);
    const { graph } = openOnnx(join(folder, "out.onnx"));
    const { totals } = analyze(graph, { bind: { batch: 8 } });
    expect(totals.macs).toBe(report.after.macs);
    expect(totals.params).toBe(report.after.params);
    for (const key of ["waves", "smUtilization", "gpuMs", "hostMs"])
      expect(report.after).toHaveProperty(key);
    expect(report.search.bound.gap).toBeGreaterThanOrEqual(0);
    expect(report.search.bound.gap).toBeLessThan(0.1);
  });

  test("what narrower layers pay for, widening alone cannot have", () => {
    const { run } = commandIn();
    const flags = ["resnet18", ...FLAGS, "-f", "json"];
    const { wideningOnly, ratios } = JSON.parse(run("retune", ...flags).stdout);
    const alone = JSON.parse(run("retune", ...flags, "--range", "1,2").stdout);
    expect(wideningOnly.macs).toBeCloseTo(alone.ratios.macs, 9);
    expect(wideningOnly.macs).toBeLessThan(ratios.macs);
    expect(alone.wideningOnly).toBeNull();
    const said = run("retune", "resnet18", ...FLAGS).stderr;
    expect(said).toContain("widening alone, which keeps what the network computes");
    expect(said).toMatch(/\d+ groups are narrower and \d+ wider: train/);
  });

  test("limits and objectives are the user's to choose", () => {
    const { run } = commandIn();
    const report = (...more: string[]) =>
      JSON.parse(run("retune", "resnet18", ...FLAGS, "-f", "json", ...more).stdout);
    const most = report();
    const crude = report("--min-params", "0", "--min-capacity", "0");
    expect(crude.ratios.macs).toBeGreaterThan(most.ratios.macs);
    expect(crude.ratios.params).toBeLessThan(1);
    const faster = report("--keep", "capacity");
    expect(faster.objective).toBe("latency");
    expect(faster.ratios.latency).toBeLessThan(0.95);
    for (const what of ["macs", "params", "capacity"])
      expect(faster.ratios[what]).toBeGreaterThanOrEqual(1);
  });

  test("few combinations: optimal, and it says so", () => {
    const { run } = commandIn();
    const small = ["resnet-cifar:depth=8", ...FLAGS, "--range", "0.75,1.25"];
    const { search } = JSON.parse(run("retune", ...small, "-f", "json").stdout);
    expect(search).toMatchObject({ optimal: true, held: 0, bound: { gap: 0 } });
    expect(search.combinations).toBeLessThan(6);
    expect(run("retune", ...small).stderr).toMatch(
      /[\d,]+ combinations of step edges: optimal, none of them has a better MACs/,
    );
  });

  test("-o FILE.json is the report", () => {
    const { folder, run } = commandIn();
    const ran = run("retune", "resnet-cifar:depth=8", ...FLAGS, "-f", "json", "-o", "out.json");
    expect(JSON.parse(readFileSync(join(folder, "out.json"), "utf8"))).toEqual(
      JSON.parse(ran.stdout),
    );
  });

  test("a network that is only widened computes what it computed", () => {
    const { folder, run } = commandIn();
    const net = new Net();
    const a = net.op("Relu", net.norm(net.conv(net.input(3, 12), 3, 20, 3, 1, "a"), 20));
    const b = net.op("Add", net.op("Relu", net.conv(a, 20, 20, 3, 1, "b")), a);
    const both = net.concat(net.conv(b, 20, 12, 1, 1, "c"), b);
    const flat = net.op("Flatten", net.op("GlobalAveragePool", both));
    const graph = net.finish(net.linear(flat, 32, 4, "classifier"));
    saveOnnx(graph, join(folder, "in.onnx"));
    const ran = run("retune", "in.onnx", ...FLAGS, "--range", "1,2", "-o", "out.onnx");
    expect(ran.code).toBe(0);
    const wider = openOnnx(join(folder, "out.onnx")).graph;
    expect(analyze(wider).totals.params).toBeGreaterThanOrEqual(analyze(graph).totals.params);
    const inputs = randomInput(graph);
    expect(difference(execute(graph, inputs)[0]!, execute(wider, inputs)[0]!)).toBeLessThan(1e-4);
  });

  test("the same seed writes the same bytes", () => {
    const { folder, run } = commandIn();
    const bytes = (...more: string[]) => {
      run("retune", "resnet-cifar:depth=8", ...FLAGS, "-o", "out.onnx", ...more);
      return readFileSync(join(folder, "out.onnx"));
    };
    const first = bytes();
    expect(bytes().equals(first)).toBe(true);
    expect(bytes("--seed", "1").equals(first)).toBe(false);
  });

  test("a budget is met by narrower layers", () => {
    const { run } = commandIn();
    const report = JSON.parse(
      run("retune", "resnet18", ...FLAGS, "-k", "budget=0.8", "-f", "json").stdout,
    );
    expect(report.ratios.latency).toBeLessThanOrEqual(0.8);
    expect(report.ratios.macs).toBeLessThan(1);
    for (const g of report.groups) expect(g.retuned).toBeLessThanOrEqual(g.channels);
  });

  test("a launch-bound network is told what would help", () => {
    const { run } = commandIn();
    const { diagnosis } = JSON.parse(
      run("retune", "mobilenet_v2", "-d", "titan-v", "--host", "eager", "-f", "json").stdout,
    );
    expect(diagnosis.bound).toBe("launch");
    const advice = diagnosis.advice.join("\n");
    expect(advice).toContain("--host cuda-graph");
    expect(advice).toContain("--host compiled");
    expect(advice).toContain("larger batch");
    expect(advice).toMatch(/the host alone takes .* no widths save more than [\d.]+ %/);
  });
});

describe("retune of networks as PyTorch exported them", () => {
  const boards: Readonly<Record<string, string>> = {
    resnet18: "titan-v",
    mobilenet_v2: "rtx-2080-ti",
  };
  for (const [name, device] of Object.entries(boards)) {
    const path = sharedPath(`data/models/${name}.onnx.gz`);
    test.skipIf(!path)(`${name} on ${device}: more MACs in the same time, same output`, () => {
      const { folder, run } = commandIn();
      const flags = ["-d", device, "-b", "8", "--host", "cuda-graph", "--range", "1,2"];
      const free = JSON.parse(run("retune", path!, ...flags.slice(0, 6), "-f", "json").stdout);
      expect(free.ratios.macs).toBeGreaterThan(1.1);
      expect(free.ratios.latency).toBeLessThanOrEqual(1);
      run("retune", path!, ...flags, "-o", "wider.onnx");
      const wider = openOnnx(join(folder, "wider.onnx")).graph;
      const graph = openOnnx(path!).graph;
      const input = array([1, 3, 64, 64]);
      input.data.forEach((_, i) => {
        input.data[i] = Math.sin(i * 1.7) + Math.cos(i * 0.31);
      });
      const [before] = execute(graph, { input });
      const [after] = execute(wider, { input });
      expect(difference(before!, after!)).toBeLessThan(1e-4);
    });
  }
});

test("bad requests end with one error", () => {
  const { folder, run } = commandIn();
  mkdirSync(join(folder, "folder.onnx"));
  const flags = ["resnet-cifar:depth=8", "-d", "titan-v"];
  expect(failure(run("retune", ...flags, "-k", "budget=2"), 2)).toContain("budget");
  expect(failure(run("retune", ...flags, "-k", "speed"), 2)).toContain("--keep");
  expect(failure(run("retune", ...flags, "--range", "2,1"), 2)).toContain("--range");
  expect(failure(run("retune", "resnet-cifar:depth=8", "-d", "rtx-9999"), 2)).toContain("rtx-9999");
  expect(failure(run("retune", ...flags, "-o", "absent/out.onnx"), 2)).toMatch(
    /-o absent\/out\.onnx cannot be written: there is no folder .*absent/,
  );
  expect(failure(run("retune", ...flags, "-o", "/proc/out.onnx"), 1)).toContain(
    "-o /proc/out.onnx cannot be written",
  );
  for (const name of ["out.txt", "out", "out.onnx.zip"])
    expect(failure(run("retune", ...flags, "-o", name), 2)).toMatch(/\.onnx .*\.json/);
  expect(failure(run("retune", ...flags, "--min-params", "1.5"), 2)).toContain("--min-params");
  expect(failure(run("retune", ...flags, "-k", "macs", "--maximise", "params"), 2)).toContain(
    "--maximise",
  );
  expect(failure(run("retune", ...flags, "-k", "budget=0.9", "--min-macs", "1"), 2)).toContain(
    "budget",
  );
  expect(failure(run("retune", ...flags, "-o", "folder.onnx"), 2)).toContain("folder.onnx");
  expect(failure(run("retune", ...flags, "-k", "budget=0.01"), 1)).toContain("budget");
});
