import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { analyze } from "../../src/ops/analyze.ts";
import {
  buildProblem,
  DEFAULT_STUDY,
  openReader,
  type Progress,
  resolveSpec,
  resultOf,
  resumeStudy,
  runStudy,
  trialAt,
} from "../../src/study/index.ts";
import { encodeBlock } from "../../src/study/store/codec.ts";
import { temporaryFolder, userError } from "./helpers.ts";

const folder = temporaryFolder();
let files = 0;
const fresh = () => join(folder, `run-${files++}.db`);

/** Everything that a store says of its only study. */
function look(store: string, reference: string | number = 1) {
  const reader = openReader(store);
  const study = reader.study(reference);
  const block = reader.trials(study.id);
  reader.close();
  return { study, block, trials: Array.from({ length: block.count }, (_, i) => trialAt(block, i)) };
}

/** Writes an objective module; `body` is the function's. */
function moduleFile(body: string): string {
  const path = join(folder, `evaluate-${files++}.mjs`);
  writeFileSync(path, `export function evaluate(design) { ${body} }\n`);
  return path;
}

const square = (module: string, extra: object = {}) =>
  resolveSpec({
    name: "square",
    space: {
      kind: "parameters",
      parameters: {
        x: { type: "integer", low: 0, high: 9 },
        y: { type: "integer", low: 0, high: 9 },
      },
    },
    objectives: [
      { name: "near", goal: "minimize", module },
      { name: "far", goal: "maximize", module },
    ],
    workers: 0,
    ...extra,
  });

/** The table, read in another way than the project does. */
const rows = gunzipSync(readFileSync(new URL("../../data/nasbench201.csv.gz", import.meta.url)))
  .toString()
  .trim()
  .split("\n")
  .map((line) => line.split(","));
const column = (name: string) => rows.slice(1).map((row) => Number(row[rows[0]!.indexOf(name)]));

describe("exploring NAS-Bench-201 in measured columns", () => {
  const accuracy = column("c10_test_e200");
  const latency = column("lat_ms_raspi4");
  const spec = resolveSpec({
    space: { kind: "nasbench201" },
    objectives: ["accuracy", "lat_ms_raspi4"],
    reference: { accuracy: 0, lat_ms_raspi4: 100 },
  });

  it("finds the front that brute force finds, and its exact hypervolume", async () => {
    const store = fresh();
    const run = await runStudy(spec, { store });
    expect(run).toMatchObject({ id: 1, state: "finished", trials: 15625, workers: 0 });
    const { study, block, trials } = look(store);
    expect(trials.every((t) => t.state === "complete")).toBe(true);
    const result = resultOf(study, block);

    const order = latency
      .map((_, i) => i)
      .sort((a, b) => latency[a]! - latency[b]! || accuracy[b]! - accuracy[a]!);
    const front: [number, number][] = [];
    let best = Number.NEGATIVE_INFINITY;
    for (const i of order) {
      if (accuracy[i]! <= best) continue;
      best = accuracy[i]!;
      front.push([accuracy[i]!, latency[i]!]);
    }
    const found = result.front.map((f) => [f.values.accuracy!, f.values.lat_ms_raspi4!]);
    const distinct = [...new Set(found.map(String))];
    expect(distinct).toEqual(front.reverse().map(String));
    let volume = 0;
    front.forEach(([a, l], i) => {
      volume += a * ((front[i - 1]?.[1] ?? 100) - l);
    });
    expect(result.hypervolume).toBeCloseTo(volume, 6);
    expect(result.reference).toEqual({ accuracy: 0, lat_ms_raspi4: 100 });
  });

  it("gives each design the values of its own row", async () => {
    const store = fresh();
    await runStudy(
      { ...spec, search: { algorithm: "random", options: {} }, budget: { evaluations: 300 } },
      { store },
    );
    const ops = rows.slice(1).map((row) => row[rows[0]!.indexOf("ops")]!);
    const names = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"];
    const { trials } = look(store);
    expect(trials).toHaveLength(300);
    expect(new Set(trials.map((t) => JSON.stringify(t.design))).size).toBe(300);
    for (const { design, values } of trials) {
      const code = ["e01", "e02", "e12", "e03", "e13", "e23"].map((e) =>
        names.indexOf(String(design[e])),
      );
      const row = ops.indexOf(code.join(""));
      expect(values).toEqual({ accuracy: accuracy[row], lat_ms_raspi4: latency[row] });
    }
  });

  it("keeps to constraints: none on the front breaks them, and all that hold them are complete", async () => {
    const store = fresh();
    const bounded = resolveSpec({
      space: { kind: "nasbench201" },
      objectives: ["accuracy", "lat_ms_raspi4"],
      constraints: ["params <= 300000", "energy_mj_eyeriss <= 1"],
    });
    const { counts } = await runStudy(bounded, { store });
    const energy = column("energy_mj_eyeriss");
    const holding = column("params").filter((p, i) => p <= 300000 && energy[i]! <= 1).length;
    expect(counts).toEqual({
      complete: holding,
      infeasible: 15625 - holding,
      pruned: 0,
      failed: 0,
    });
    const { study, block } = look(store);
    for (const { values } of resultOf(study, block).front)
      expect(values.params! <= 300000 && values.energy_mj_eyeriss! <= 1).toBe(true);
  });

  it("means each data set's own accuracy", async () => {
    for (const [dataset, name] of [
      ["cifar100", "c100_test_e200"],
      ["imagenet16", "in16_test_e200"],
    ] as const) {
      const store = fresh();
      const one = resolveSpec({
        space: { kind: "nasbench201", dataset },
        objectives: ["accuracy"],
      });
      await runStudy(one, { store });
      const { study, block } = look(store);
      const [first] = resultOf(study, block).front;
      expect(first!.values.accuracy).toBe(Math.max(...column(name)));
    }
  });
});

describe("predictions as objectives", () => {
  it("time the default study's cells, and count what the table counts", async () => {
    const store = fresh();
    const spec = resolveSpec({
      ...DEFAULT_STUDY,
      objectives: [
        ...DEFAULT_STUDY.objectives,
        { name: "gpu_ms" },
        { name: "slow", kind: "latency_ms", device: "Jetson Nano", batch: 8 },
        "params",
        "macs",
        "flops",
        { name: "measured", column: "flops_c10", goal: "minimize" },
      ],
      search: "random",
      budget: { evaluations: 40 },
      workers: 0,
    });
    await runStudy(spec, { store });
    for (const { state, values } of look(store).trials) {
      expect(state).toBe("complete");
      expect(values.gpu_ms).toBeGreaterThan(0);
      expect(values.latency_ms).toBeGreaterThanOrEqual(values.gpu_ms! * 0.99);
      expect(values.slow).toBeGreaterThan(0);
      expect(values.macs).toBe(values.measured);
      expect(values.flops).toBeGreaterThan(2 * values.macs!);
    }
  });

  it("count what an analysis of each whole network counts", async () => {
    const spec = resolveSpec({
      space: { kind: "nasbench201", dataset: "imagenet16" },
      objectives: ["params", "macs", "flops"],
    });
    const problem = await buildProblem(spec);
    const { space, built } = problem;
    const designs = Array.from({ length: 12 }, (_, i) => space.at((i * 7919) % 15625));
    const expected = designs.map((design) => {
      const { totals } = analyze(built.graph!(design), { bind: { batch: 1 } });
      return { params: totals.params, macs: totals.macs, flops: 2 * totals.macs + totals.flops };
    });
    expect(await problem.evaluate(designs, 0)).toEqual(expected);
  });
});

describe("a run", () => {
  it("stops at its budget and reports progress to the end", async () => {
    const seen: Progress[] = [];
    const spec = square(moduleFile("return { near: design.x, far: design.y };"), {
      budget: { evaluations: 37 },
      batch: 5,
    });
    const run = await runStudy(spec, { store: fresh(), onProgress: (p) => seen.push(p) });
    expect(run).toMatchObject({ trials: 37, added: 37, state: "finished" });
    expect(seen.at(-1)).toMatchObject({ evaluated: 37, total: 37, failed: 0 });
    expect(seen.map((p) => p.evaluated)).toEqual(
      seen.map((p) => p.evaluated).toSorted((a, b) => a - b),
    );
    expect(seen.at(-1)!.hypervolume).toBeGreaterThan(0);
  });

  it("ends by itself when a space is used up, no design evaluated twice", async () => {
    const store = fresh();
    for (const algorithm of ["exhaustive", "random", "nsga2", "regularized-evolution"]) {
      const spec = square(moduleFile("return { near: design.x, far: design.y };"), {
        name: algorithm,
        search: algorithm,
        budget: { evaluations: 1000 },
      });
      await runStudy(spec, { store });
      const { trials } = look(store, algorithm);
      expect(new Set(trials.map((t) => `${t.design.x} ${t.design.y}`)).size).toBe(100);
      expect(trials).toHaveLength(100);
    }
  });

  it("fails a trial for what its design throws, returns or lacks, and no other", async () => {
    const store = fresh();
    const module = moduleFile(`
      if (design.x === 1) throw new Error("out of memory");
      if (design.x === 2) return { near: NaN, far: 1 };
      if (design.x === 3) return { near: 1 };
      if (design.x === 4) return undefined;
      if (design.x === 5) return Promise.reject(new Error("later"));
      if (design.x === 6) return { near: "3", far: 1 };
      if (design.x === 7) return Promise.resolve({ near: design.x, far: design.y });
      return { near: design.x, far: design.y };`);
    const run = await runStudy(square(module), { store });
    expect(run.counts).toEqual({ complete: 40, infeasible: 0, pruned: 0, failed: 60 });
    const { study, trials } = look(store);
    expect(study.failed).toBe(60);
    const reasons = new Map(trials.map((t) => [t.design.x, t.error]));
    expect(reasons.get(1)).toBe("out of memory");
    expect(reasons.get(2)).toBe("near is NaN, not a finite number");
    expect(reasons.get(3)).toBe("no value 'far' for far");
    expect(reasons.get(4)).toMatch(/evaluate returned undefined/);
    expect(reasons.get(5)).toBe("later");
    expect(reasons.get(6)).toBe("near is a string, not a finite number");
    expect(reasons.get(7)).toBeUndefined();
    expect(trials.filter((t) => t.state === "failed").every((t) => t.error)).toBe(true);
  });

  it("computes expensive objectives only for designs that hold the cheap constraints", async () => {
    const store = fresh();
    const calls = join(folder, "calls.txt");
    const module = moduleFile(`
      const { appendFileSync } = process.getBuiltinModule("node:fs");
      appendFileSync(${JSON.stringify(calls)}, "x");
      return { score: 1 };`);
    const spec = resolveSpec({
      space: {
        kind: "zoo",
        network: "resnet-cifar",
        vary: { depth: { type: "integer", low: 8, high: 44, step: 6 } },
      },
      objectives: [{ name: "score", goal: "maximize", module }, "macs"],
      constraints: ["macs <= 50_000_000"],
      workers: 0,
    });
    await runStudy(spec, { store });
    const { trials, study } = look(store);
    expect(study.objectives.map((o) => [o.name, o.stage])).toEqual([
      ["score", 1],
      ["macs", 0],
    ]);
    const scored = trials.filter((t) => t.values.score !== undefined);
    expect(scored.length).toBe(readFileSync(calls, "utf8").length);
    expect(scored.every((t) => t.values.macs! <= 5e7 && t.state === "complete")).toBe(true);
    const rest = trials.filter((t) => t.values.score === undefined);
    expect(rest.length).toBeGreaterThan(0);
    expect(rest.every((t) => t.values.macs! > 5e7 && t.state === "infeasible")).toBe(true);
  });

  it("prunes the worse share of each batch before the expensive stage", async () => {
    const store = fresh();
    const module = moduleFile("return { near: design.x, far: design.y };");
    const spec = square(module, {
      objectives: [
        { name: "near", goal: "minimize", module, stage: 0 },
        {
          name: "far",
          goal: "maximize",
          module: moduleFile("return { far: design.y };"),
          stage: 1,
        },
      ],
      stages: { keep: 0.25 },
      batch: 20,
    });
    const { counts } = await runStudy(spec, { store });
    expect(counts).toEqual({ complete: 25, infeasible: 0, pruned: 75, failed: 0 });
    for (const t of look(store).trials) {
      expect("far" in t.values).toBe(t.state === "complete");
      expect("near" in t.values).toBe(true);
    }
  });

  it("stops at the end of a batch when told to, and resumes to the same trials", async () => {
    const module = moduleFile("return { near: design.x * design.y, far: design.y - design.x };");
    const spec = square(module, {
      search: { algorithm: "nsga2", population: 10 },
      seed: 9,
      batch: 4,
    });
    const whole = fresh();
    await runStudy({ ...spec, budget: { evaluations: 90 } }, { store: whole });
    const store = fresh();
    const abort = new AbortController();
    let batches = 0;
    const onProgress = () => {
      if (++batches === 1) abort.abort();
    };
    const first = await runStudy(
      { ...spec, budget: { evaluations: 90 } },
      { store, signal: abort.signal, onProgress },
    );
    expect(first.state).toBe("interrupted");
    expect(first.trials).toBe(4);
    expect(look(store).study).toMatchObject({ state: "interrupted", owner: null });
    const second = await resumeStudy("square", { store, evaluations: 33 });
    expect(second).toMatchObject({ state: "finished", trials: 33, added: 29 });
    // A finished study goes on when it is given more.
    const third = await resumeStudy(1, { store, evaluations: 90 });
    expect(third).toMatchObject({ state: "finished", trials: 90, added: 57 });
    expect(encodeBlock(look(store).block)).toEqual(encodeBlock(look(whole).block));
    expect((await resumeStudy(1, { store, evaluations: 90 })).added).toBe(0);
  });

  it("stores large states seldom, and resumes from between them all the same", async () => {
    const module = moduleFile("return { near: design.x ** 2, far: design.y };");
    const real = { type: "real", low: -1, high: 1 };
    const spec = square(module, {
      space: { kind: "parameters", parameters: { x: real, y: real } },
      search: { algorithm: "nsga2", population: 250 },
      batch: 125,
    });
    const whole = fresh();
    await runStudy({ ...spec, budget: { evaluations: 4000 } }, { store: whole });
    const store = fresh();
    await runStudy({ ...spec, budget: { evaluations: 2875 } }, { store });
    const { study } = look(store);
    expect(study.search!.trials).toBeLessThan(2875);
    expect(study.search!.trials).toBeGreaterThan(2875 / 1.5);
    await resumeStudy(1, { store, evaluations: 4000 });
    expect(encodeBlock(look(store).block)).toEqual(encodeBlock(look(whole).block));
  });

  it("leaves no study behind where the problem cannot be built", async () => {
    const store = fresh();
    const wrong = resolveSpec({ space: { kind: "nasbench201" }, objectives: ["acuracy"] });
    expect(await userError(() => runStudy(wrong, { store }))).toMatch(
      /no objective or column 'acuracy'\ndid you mean 'accuracy'\?/,
    );
    expect(await userError(() => openReader(store))).toMatch(/no store/);
    expect(await userError(() => resumeStudy("any", { store }))).toMatch(/no store at/);
    expect(await userError(() => openReader(store))).toMatch(/no store/);
    const missing = square(join(folder, "nowhere.mjs"));
    expect(await userError(() => runStudy(missing, { store }))).toMatch(
      /nowhere\.mjs cannot be loaded/,
    );
    const empty = join(folder, "empty.mjs");
    writeFileSync(empty, "export const x = 1;");
    expect(await userError(() => runStudy(square(empty), { store }))).toMatch(
      /exports no function 'evaluate'/,
    );
    const goal = square(empty);
    const silent = {
      ...goal,
      objectives: [
        { name: "a", kind: "module", settings: { module: moduleFile("return {}"), unit: "" } },
      ],
    };
    expect(await userError(() => runStudy(silent, { store }))).toMatch(
      /'a' does not say which way is better/,
    );
    const device = () =>
      resolveSpec({
        space: { kind: "nasbench201" },
        objectives: ["accuracy", { name: "latency_ms", device: "rtx-2080" }],
      });
    expect(await userError(() => runStudy(device(), { store }))).toMatch(
      /^study: objectives\[1\]\.device: unknown device 'rtx-2080'\ndid you mean 'rtx-2080-ti'/,
    );
    const clash = square(moduleFile("return {}"), {
      objectives: [{ name: "x", goal: "minimize", module: moduleFile("return {}") }],
    });
    expect(await userError(() => runStudy(clash, { store }))).toMatch(
      /'x' is a parameter of the space and an objective/,
    );
    const endless = square(moduleFile("return {}"), {
      space: { kind: "parameters", parameters: { x: { type: "real", low: 0, high: 1 } } },
    });
    expect(await userError(() => runStudy(endless, { store }))).toMatch(
      /exhaustive search needs a finite space/,
    );
  });
});
