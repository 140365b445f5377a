import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { commandIn } from "../cli/run.ts";

const script = fileURLToPath(new URL("../../examples/tail-aware/run.mjs", import.meta.url));
const gpu = ["--device", "rtx-2080-ti", "--host", "cuda-graph", "--batch", "256"];
const small = [
  ["--data", "fashion-mnist-tiny", "--depth", "8", "--base", "10,20,40", "--epochs", "2"],
  ["--train-batch", "50", "--threads", "1", "--rounds", "3", ...gpu],
].flat();

interface Row {
  readonly name: string;
  readonly macs: number;
  readonly params: number;
  readonly latencyMs: number;
  readonly cpu: { readonly cpuMs: Record<"median" | "lower" | "upper", number> };
  readonly accuracy?: { readonly mean: number; readonly sd?: number };
  readonly seeds: readonly {
    readonly seed: number;
    readonly accuracy: number;
    readonly resumedAt: readonly number[];
  }[];
}

interface Result {
  readonly complete: boolean;
  readonly networks: readonly Row[];
  readonly differences: readonly {
    readonly network: string;
    readonly mean: number;
    readonly standardError?: number;
  }[];
}

const folder = () => mkdtempSync(join(tmpdir(), "tidemark-tail-aware-"));
const json = (path: string) => JSON.parse(readFileSync(path, "utf8"));
const resultIn = (out: string): Result => json(join(out, "result.json"));

function run(out: string, ...more: readonly string[]) {
  const args = [script, ...small, "--out", out, ...more];
  return spawnSync(process.execPath, args, { encoding: "utf8", env: quiet() });
}

const quiet = () => ({ ...process.env, NO_COLOR: "1" });

function seedsOf(out: string, name: string) {
  return resultIn(out).networks.find((network) => network.name === name)!.seeds;
}

/** Kills the process as soon as its log has the text. */
async function killAt(child: ChildProcess, log: string, text: string): Promise<void> {
  const ended = new Promise((resolve) => child.once("close", resolve));
  while (child.exitCode === null) {
    if (existsSync(log) && readFileSync(log, "utf8").includes(text)) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(child.kill("SIGKILL"), "it still ran").toBe(true);
  await ended;
}

test("compares original, retuned and control; a killed run goes on to the same numbers", async () => {
  const whole = folder();
  const ran = run(whole, "--seeds", "1", "--control");
  expect(ran.status, ran.stderr).toBe(0);
  const { networks, complete } = resultIn(whole);
  expect(complete).toBe(true);
  const [original, retuned, wider] = networks as [Row, Row, Row];
  expect(networks.map((n) => n.name)).toEqual(["original", "retuned", "wider"]);

  // More network in no more time; the control has as much, and takes longer.
  expect(retuned.latencyMs).toBeLessThanOrEqual(original.latencyMs);
  expect(retuned.macs).toBeGreaterThan(1.1 * original.macs);
  expect(Math.abs(wider.macs / retuned.macs - 1)).toBeLessThan(0.05);
  expect(wider.latencyMs).toBeGreaterThan(1.02 * original.latencyMs);
  const { run: tidemark } = commandIn();
  const file = join(whole, "retuned.onnx");
  const profile = JSON.parse(tidemark("profile", file, ...gpu, "-f", "json").stdout);
  expect(retuned.latencyMs).toBeCloseTo(profile.latencyMs, 9);
  const { totals } = JSON.parse(tidemark("show", file, "-f", "json").stdout);
  expect([retuned.macs, retuned.params]).toEqual([totals.macs, totals.params]);
  for (const { cpu } of networks) {
    expect(cpu.cpuMs.lower).toBeGreaterThan(0);
    expect(cpu.cpuMs.median).toBeGreaterThanOrEqual(cpu.cpuMs.lower);
    expect(cpu.cpuMs.upper).toBeGreaterThanOrEqual(cpu.cpuMs.median);
  }

  for (const { name, seeds } of networks) {
    const record = json(join(whole, "trainings", `${name}-1.json`));
    expect(record.recipe.seed).toBe(1);
    expect(record.network.weights).toBe("draw");
    expect(seeds).toMatchObject([{ seed: 1, accuracy: record.result.test.accuracy }]);
  }
  expect(ran.stdout).toMatch(/^retuned +8 x2, 30 x2/m);
  expect(ran.stdout).toMatch(/^retuned: MACs x1\.\d\d.*predicted latency x(1\.0000|0\.99)/m);

  // Killed in the second training: the first stays as it is, the second goes on from its checkpoint.
  const killed = folder();
  const args = [script, ...small, "--out", killed, "--seeds", "1"];
  const child = spawn(process.execPath, args, { stdio: "ignore", env: quiet() });
  await killAt(child, join(killed, "log.txt"), "retuned-1: epoch 1 of 2");
  const first = join(killed, "trainings", "original-1.onnx");
  const written = statSync(first).mtimeMs;
  const again = run(killed, "--seeds", "1");
  expect(again.status, again.stderr).toBe(0);
  expect(statSync(first).mtimeMs).toBe(written);
  expect(seedsOf(killed, "retuned")[0]!.resumedAt[0]).toBeGreaterThanOrEqual(10);
  for (const name of ["original", "retuned"])
    expect(seedsOf(killed, name)[0]!.accuracy).toBe(seedsOf(whole, name)[0]!.accuracy);

  // The folder holds one comparison; a third run with other widths would mix two.
  const other = run(killed, "--base", "12,24,48");
  expect(other.status).toBe(2);
  expect(other.stderr).toMatch(/begun with base \[10,20,40\], not \[12,24,48\]/);
}, 180_000);

test("means, deviations and differences are of the seeds that both networks have", async () => {
  const report: { resultOf: (...args: unknown[]) => Result } = await import(
    new URL("../../examples/tail-aware/report.mjs", import.meta.url).href
  );
  const original = { name: "original" };
  const retuned = { name: "retuned" };
  const job = (network: object, seed: number, accuracy?: number) => ({
    network,
    seed,
    record: accuracy && { result: { test: { accuracy, loss: 1 } }, resumedAt: [], epochs: [] },
  });
  const accuracies = [
    [0.8, 0.83],
    [0.82, 0.83],
    [0.81, undefined],
  ] as const;
  const jobs = accuracies.flatMap(([a, b], i) => [job(original, i + 1, a), job(retuned, i + 1, b)]);
  const plan = { options: {}, networks: [original, retuned], retune: {} };
  const { networks, differences, complete } = report.resultOf(plan, jobs, undefined, {});
  expect(complete).toBe(false);
  // numpy: mean and std(ddof=1) of [0.8, 0.82, 0.81]; differences [0.03, 0.01].
  expect(networks[0]!.accuracy!.mean).toBeCloseTo(0.81, 12);
  expect(networks[0]!.accuracy!.sd).toBeCloseTo(0.01, 12);
  expect(networks[1]!.accuracy!.sd).toBeCloseTo(0, 12);
  expect(differences).toHaveLength(1);
  expect(differences[0]!.mean).toBeCloseTo(0.02, 12);
  expect(differences[0]!.standardError).toBeCloseTo(0.01, 12);
});

test("where no other widths are better there is nothing to compare, and that is said", () => {
  const ran = run(folder(), "--base", "16,32,64", "--range", "1,1");
  expect(ran.status).toBe(1);
  expect(ran.stderr).toMatch(/^error: no other widths are better: 6 groups stay/m);
  expect(ran.stderr).not.toMatch(/^\s+at /m);
});
