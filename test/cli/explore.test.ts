import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commandIn, failure } from "./run.ts";

interface Explored {
  study: string;
  evaluations: number;
  front: { trial: number; design: Record<string, string>; objectives: Record<string, number> }[];
  hypervolume: number;
  reference: Record<string, number>;
}

/** The front by brute force, from the exported trials. */
function bruteFront(rows: { accuracy: number; latency_ms: number; trial: number }[]): number[] {
  return rows
    .filter(
      (a) =>
        !rows.some(
          (b) =>
            b.accuracy >= a.accuracy &&
            b.latency_ms <= a.latency_ms &&
            (b.accuracy > a.accuracy || b.latency_ms < a.latency_ms),
        ),
    )
    .map((row) => row.trial)
    .sort((a, b) => a - b);
}

test("the default study: all 15,625 networks, the exact front, a report", () => {
  const { folder, run } = commandIn();
  const ran = run("explore", "--format", "json");
  expect(ran.stderr).toContain("15,625 designs evaluated");
  expect(ran.code).toBe(0);
  const found = JSON.parse(ran.stdout) as Explored;
  expect(found.evaluations).toBe(15_625);
  const exported = run("export", found.study, "--format", "json");
  const rows = JSON.parse(exported.stdout);
  expect(rows).toHaveLength(15_625);
  expect(found.front.map((f) => f.trial).sort((a, b) => a - b)).toEqual(bruteFront(rows));
  // The published optimum of NAS-Bench-201 on CIFAR-10 is on every front.
  expect(Math.max(...found.front.map((f) => f.objectives.accuracy!))).toBeCloseTo(94.373, 3);
  const html = readFileSync(join(folder, `tidemark-${found.study}.html`), "utf8");
  expect(html.startsWith("<!doctype html>")).toBe(true);
  expect(html).not.toMatch(/src="?https?:/);
});

test("front, studies and report look at what explore stored", () => {
  const { folder, run } = commandIn();
  const explored = run(
    "explore",
    "-a",
    "random",
    "-n",
    "200",
    "--seed",
    "7",
    "--no-report",
    "-f",
    "json",
  );
  const found = JSON.parse(explored.stdout) as Explored;
  expect(JSON.parse(run("front", "-f", "json").stdout)).toEqual(found);
  const [study] = JSON.parse(run("studies", "-f", "json").stdout);
  expect(study).toMatchObject({ id: 1, name: found.study, state: "finished", trials: 200 });
  const [written] = JSON.parse(run("report", found.study, "-f", "json").stdout);
  expect(existsSync(written.report)).toBe(true);
  expect(written.report.startsWith(folder)).toBe(true);
});

test("what export prints reads back as a table with the same front", () => {
  const { folder, run } = commandIn();
  const flags = ["-a", "nsga2", "-n", "300", "--no-report", "-f", "json"];
  const first = JSON.parse(run("explore", ...flags).stdout) as Explored;
  for (const format of ["csv", "json"]) {
    const file = join(folder, `trials.${format}`);
    writeFileSync(file, run("export", first.study, "-f", format).stdout);
    const table = ["--table", file, "--maximize", "accuracy", "--minimize", "latency_ms"];
    const again = JSON.parse(
      run("explore", ...table, "--no-report", "-f", "json").stdout,
    ) as Explored;
    expect(again.evaluations).toBe(300);
    expect(again.front.map((f) => f.objectives)).toEqual(first.front.map((f) => f.objectives));
    expect(again.hypervolume).toBeCloseTo(first.hypervolume, 9);
  }
});

test("a study file and the same flags give the same trials", () => {
  const { folder, run } = commandIn();
  writeFileSync(
    join(folder, "fast.yaml"),
    `space: { kind: nasbench201, dataset: cifar100 }
objectives:
  - { name: accuracy, goal: maximize }
  - { name: latency_ms, device: v100-sxm2, batch: 32, precision: fp16, host: compiled }
constraints: ["params <= 800000"]
search: { algorithm: nsga2, population: 40 }
budget: { evaluations: 160 }
seed: 3
`,
  );
  const file = run("explore", "fast.yaml", "--no-report", "-f", "json");
  const flags = run(
    ..."explore --dataset cifar100 -d v100-sxm2 -b 32 -p fp16 --host compiled -a nsga2".split(" "),
    ..."--set population=40 -n 160 --seed 3 --no-report -f json --constraint".split(" "),
    "params <= 800000",
  );
  const { study: _, ...fromFile } = JSON.parse(file.stdout) as Explored;
  const { study: name, ...fromFlags } = JSON.parse(flags.stdout) as Explored;
  expect(fromFlags).toEqual(fromFile);
  const rows = JSON.parse(run("export", name, "-f", "json").stdout) as Record<string, number>[];
  for (const row of rows) expect(row.params! > 800_000).toBe(row.state !== ("complete" as never));
});

test("a device file in a study file lies beside it, wherever the command runs", () => {
  const { folder, run } = commandIn();
  const elsewhere = mkdtempSync(join(tmpdir(), "tidemark-study-"));
  const device = JSON.parse(run("devices", "t4", "-f", "json").stdout);
  writeFileSync(join(elsewhere, "mine.json"), JSON.stringify({ ...device, id: "mine" }));
  writeFileSync(
    join(elsewhere, "s.yaml"),
    `space: { kind: nasbench201 }
objectives: [accuracy, { name: latency_ms, device: ./mine.json, tuned: true }]
search: random
budget: { evaluations: 5 }
`,
  );
  expect(folder).not.toBe(elsewhere);
  const ran = run("explore", join(elsewhere, "s.yaml"), "--no-report");
  expect(ran.code, ran.stderr).toBe(0);
});

test("several devices are several objectives", () => {
  const { run } = commandIn();
  const flags = "explore -d rtx-2080-ti,a100-80-sxm -a random -n 20 --no-report -f json";
  const found = JSON.parse(run(...flags.split(" ")).stdout) as Explored;
  expect(Object.keys(found.front[0]!.objectives)).toEqual([
    "accuracy",
    "latency_ms_rtx-2080-ti",
    "latency_ms_a100-80-sxm",
  ]);
});

test("wrong usage ends with code 2 and one error that says what to do", () => {
  const { folder, run } = commandIn();
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  expect(failure(run("explore", "-d", "rtx-2080ti0"), 2)).toMatch(
    /unknown device.*\n.*rtx-2080-ti/,
  );
  expect(failure(run("explore", "--format", "xml"), 2)).toContain("table, json, csv");
  expect(failure(run("explor"), 2)).toContain("explore");
  expect(failure(run("explore", "absent.yaml"), 2)).toContain("absent.yaml");
  write("typo.yaml", "space: { kind: nasbench201 }\nobjectivs: [accuracy]\n");
  expect(failure(run("explore", "typo.yaml"), 2)).toMatch(/objectivs[\s\S]*objectives/);
  write("broken.yaml", "space: { kind: nasbench201\n");
  expect(failure(run("explore", "broken.yaml"), 2)).toContain("broken.yaml");
  write("nan.csv", "width,accuracy,latency_ms\n1,90,2\n2,NaN,3\n");
  const table = ["--table", "nan.csv", "--maximize", "accuracy", "--minimize", "latency_ms"];
  expect(failure(run("explore", ...table), 2)).toMatch(/nan\.csv.*(row|line) [23].*accuracy/s);
  expect(failure(run("explore", "--table", "nan.csv"), 2)).toContain("--maximize");
  expect(failure(run("explore", "-n", "0"), 2)).toContain("at least 1");
  expect(failure(run("explore", "typo.yaml", "--batch", "4"), 2)).toContain("--batch");
  expect(failure(run("front", "nothing"), 1)).toContain("no store");
});

test("a store that is no store is left as it is", () => {
  const { folder, run } = commandIn();
  const path = join(folder, "notes.txt");
  writeFileSync(
    path,
    "a text file, long enough to be looked at as a database by mistake\n".repeat(20),
  );
  const before = readFileSync(path, "utf8");
  expect(failure(run("explore", "-n", "5", "--store", path), 1)).toContain("notes.txt");
  expect(failure(run("studies", "--store", path), 1)).toContain("notes.txt");
  expect(readFileSync(path, "utf8")).toBe(before);
});

test("a report that cannot be written loses nothing", () => {
  const { run } = commandIn();
  const error = failure(run("explore", "-a", "random", "-n", "5", "--report", "absent/r.html"), 1);
  expect(error).toContain("tidemark report");
  expect(JSON.parse(run("studies", "-f", "json").stdout)).toMatchObject([{ trials: 5 }]);
});
