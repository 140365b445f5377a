/** Accuracy as an objective: real trainings in child processes, on the tiny data set. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readOnnx } from "../../src/onnx/index.ts";
import {
  buildProblem,
  openReader,
  rankCorrelations,
  resolveSpec,
  resumeStudy,
  runStudy,
  trialAt,
} from "../../src/study/index.ts";
import { rungEpochs } from "../../src/study/objectives/accuracy.ts";
import { children } from "../../src/study/objectives/accuracy-children.ts";
import { workFolder } from "../../src/study/runner.ts";
import { zooNetwork } from "../../src/zoo/reference.ts";
import { built, temporaryFolder, userError } from "./helpers.ts";

const folder = temporaryFolder();
const workerUrl = new URL(`file://${built("study/worker.js")}`);
let stores = 0;
const fresh = () => join(folder, `accuracy-${stores++}.db`);

const TRAINING = { data: "fashion-mnist-tiny", epochs: 2, batch: 50, learningRate: 0.05 };
const BASE = "resnet-cifar:depth=8,channels1=4,channels2=8,channels3=8,resolution=28";

const morphisms = (extra: object = {}) =>
  resolveSpec({
    name: "morphisms",
    space: {
      kind: "morphism",
      base: BASE,
      morphisms: ["widen", "deepen", "add-skip", "prune"],
      limits: { steps: 3, params: 8000 },
    },
    objectives: [
      "params",
      { name: "synflow", kind: "proxy", proxy: "synflow" },
      { name: "accuracy", ...TRAINING },
    ],
    search: { algorithm: "lemonade", children: 4, accepted: 3, initial: 3 },
    budget: { evaluations: 11 },
    seed: 1,
    batch: 4,
    ...extra,
  });

function look(store: string) {
  const reader = openReader(store);
  const study = reader.study(1);
  const block = reader.trials(1);
  reader.close();
  return { study, block, trials: Array.from({ length: block.count }, (_, i) => trialAt(block, i)) };
}

interface TrainingRecord {
  readonly design: { readonly steps: string };
  readonly parent: { readonly steps: string } | null;
  readonly scores: readonly { readonly accuracy: number }[];
}

function filesOf(store: string): string[] {
  const own = workFolder(store, 1);
  return readdirSync(own).flatMap((kind) =>
    readdirSync(join(own, kind)).map((file) => join(own, kind, file)),
  );
}

function recordsOf(store: string): TrainingRecord[] {
  return filesOf(store)
    .filter((file) => file.endsWith(".json"))
    .map((file) => JSON.parse(readFileSync(file, "utf8")) as TrainingRecord);
}

describe("accuracy as an objective", () => {
  it("searches by morphisms, the same with one worker and with two that were interrupted", async () => {
    const one = fresh();
    await runStudy(morphisms(), { store: one, workers: 1, workerUrl });
    const { trials, study, block } = look(one);
    expect(trials.length).toBe(11);
    const states = new Set(trials.map((t) => t.state));
    expect([...states].sort()).toEqual(["complete", "pruned"]);
    expect(trials[0]!.design).toEqual({ steps: "base" });

    for (const { state, values } of trials) {
      expect(values.params).toBeGreaterThan(0);
      expect(values.synflow).toBeGreaterThan(0);
      // Who is scored at the end was scored on the way.
      if (state === "complete") expect(values["accuracy@1"]).toBeDefined();
      else expect(values.accuracy).toBeUndefined();
      // 50 samples are held back.
      if (values.accuracy !== undefined) expect((values.accuracy / 2) % 1).toBeCloseTo(0, 6);
    }
    const scored = (name: string) => trials.filter((t) => t.values[name] !== undefined).length;
    // The 3 founders and 3 of every 4 children are trained at all, 2 of each 3 to the end.
    expect(scored("accuracy@1")).toBe(9);
    expect(scored("accuracy")).toBe(6);

    // What is kept is the front and nothing else; some inherited from an earlier front.
    const complete = trials.filter((t) => t.state === "complete");
    const beats = (a: (typeof trials)[0], b: (typeof trials)[0]) => {
      const d = ["params", "synflow", "accuracy"].map(
        (k) => (k === "params" ? -1 : 1) * (a.values[k]! - b.values[k]!),
      );
      return d.every((x) => x >= 0) && d.some((x) => x > 0);
    };
    const front = complete.filter((t) => !complete.some((other) => beats(other, t)));
    const records = recordsOf(one);
    expect(new Set(records.map((r) => r.design.steps))).toEqual(
      new Set(front.map((t) => t.design.steps)),
    );
    for (const { design, parent, scores } of records) {
      expect(scores.length).toBe(2);
      if (parent !== null && parent.steps !== "base")
        expect(design.steps.startsWith(`${parent.steps}; `)).toBe(true);
      const own = front.find((t) => t.design.steps === design.steps)!;
      expect(100 * scores[1]!.accuracy).toBeCloseTo(own.values.accuracy!, 6);
    }
    expect(records.some((r) => r.parent !== null)).toBe(true);

    // The trained network is there to be used, and is the design's.
    const files = filesOf(one);
    const networks = files.filter((f) => f.endsWith(".onnx"));
    expect(networks.length).toBe(front.length);
    const { graph } = readOnnx(readFileSync(networks[0]!), { name: "trained" });
    expect(graph.inputs[0]!.shape).toEqual(["batch", 3, 28, 28]);
    expect(files.some((f) => /checkpoint|part/.test(f))).toBe(false);

    const correlations = rankCorrelations(study, block);
    expect(new Set(correlations.map((c) => c.estimate))).toEqual(
      new Set(["params", "synflow", "accuracy@1"]),
    );
    for (const c of correlations) {
      expect(c.trials).toBe(6);
      expect(Math.abs(c.spearman)).toBeLessThanOrEqual(1);
    }

    // Two workers; stopped in the middle of the second batch, whose trainings are half done.
    const two = fresh();
    const stop = new AbortController();
    let watch: NodeJS.Timeout | undefined;
    const stopped = await runStudy(morphisms(), {
      store: two,
      workers: 2,
      workerUrl,
      signal: stop.signal,
      patienceMs: 0,
      onProgress: () => {
        watch ??= setInterval(() => {
          if (filesOf(two).some((f) => f.endsWith(".checkpoint"))) stop.abort();
        }, 10);
      },
    });
    clearInterval(watch);
    expect(stopped.state).toBe("interrupted");
    await resumeStudy(1, { store: two, workers: 2, workerUrl });
    expect(look(two).trials).toEqual(trials);
    expect(
      recordsOf(two)
        .map((r) => JSON.stringify(r))
        .sort(),
    ).toEqual(records.map((r) => JSON.stringify(r)).sort());
  }, 300_000);

  it("trains the networks of other spaces too, from weights drawn by seed", async () => {
    const store = fresh();
    const spec = resolveSpec({
      space: {
        kind: "zoo",
        network: "resnet-cifar",
        vary: { channels1: { type: "integer", low: 4, high: 8, step: 4 } },
        fixed: { depth: 8, channels2: 8, channels3: 8, resolution: 28 },
      },
      objectives: ["macs", { name: "accuracy", ...TRAINING, epochs: 1 }],
    });
    await runStudy(spec, { store, workers: 1, workerUrl });
    const { trials } = look(store);
    expect(trials.map((t) => t.state)).toEqual(["complete", "complete"]);
    for (const { values } of trials) expect(values.accuracy).toBeGreaterThanOrEqual(0);
    expect(recordsOf(store).every((r) => r.parent === null)).toBe(true);
  }, 300_000);

  it("fails the trial whose process dies, and no other", async () => {
    const problem = await buildProblem(
      morphisms({ objectives: [{ name: "accuracy", ...TRAINING }] }),
    );
    const designs = [{ steps: "base" }, { steps: "widen conv1 factor=2" }];
    const context = { folder: join(folder, "killed"), parents: [] };
    const evaluated = problem.evaluate(designs, 0, context);
    // A native crash, as the process sees it.
    const kill = setInterval(() => {
      const [pid] = children().pids;
      if (pid === undefined) return;
      clearInterval(kill);
      process.kill(pid, "SIGSEGV");
    }, 10);
    const [first, second] = await evaluated;
    expect(first).toBeInstanceOf(Error);
    expect((first as Error).message).toMatch(/training base.*SIGSEGV/);
    expect(second).toEqual({ "accuracy@1": expect.any(Number) });
  }, 300_000);

  it("fails the trials that take too long, and no study", async () => {
    const store = fresh();
    const spec = morphisms({
      objectives: ["params", { name: "accuracy", ...TRAINING, minutes: 1e-5 }],
      budget: { evaluations: 2 },
    });
    const run = await runStudy(spec, { store, workers: 1, workerUrl });
    expect(run.state).toBe("finished");
    for (const trial of look(store).trials) {
      expect(trial.state).toBe("failed");
      expect(trial.error).toMatch(/training .* took longer than|time/);
    }
  });

  it("does not begin where data and network do not fit", async () => {
    const store = fresh();
    const wrong = morphisms({ space: { kind: "morphism", base: "resnet-cifar:depth=8" } });
    expect(await userError(() => runStudy(wrong, { store, workers: 1, workerUrl }))).toMatch(
      /takes input of \[batch, 3, 32, 32\], samples of fashion-mnist-tiny are 3x28x28/,
    );
  });
});

describe("the study file", () => {
  const kindOf = (space: object, objective: unknown) =>
    resolveSpec({ space, objectives: ["params", objective] }).objectives[1]!.kind;

  it("tells an accuracy that is trained for from one in a table", () => {
    const cells = { kind: "nasbench201" };
    expect(kindOf(cells, "accuracy")).toBe("column");
    expect(kindOf(cells, { name: "accuracy", ...TRAINING })).toBe("accuracy");
    expect(kindOf(cells, { name: "guess", proxy: "synflow" })).toBe("proxy");
    expect(kindOf({ kind: "morphism", base: BASE }, { name: "accuracy", ...TRAINING })).toBe(
      "accuracy",
    );
  });

  it.each([
    [{ name: "accuracy", data: "fashion-mnist-tiyn", epochs: 1 }, /no data set and no path/],
    [{ name: "accuracy", data: "fashion-mnist-tiny", epochs: 0 }, /epochs/],
    [{ name: "accuracy", ...TRAINING, augment: "crpo" }, /did you mean crop/],
    [{ name: "accuracy", ...TRAINING, optimizer: "sdg" }, /optimizer/],
    [{ name: "x", proxy: "synfolw" }, /proxy/],
  ])("refuses %j", async (objective, message) => {
    const text = await userError(() => kindOf({ kind: "morphism", base: BASE }, objective));
    expect(text).toMatch(message);
  });

  it("has steps at fractions of the epochs", () => {
    expect(rungEpochs(9, 3)).toEqual([1, 3]);
    expect(rungEpochs(8, 2)).toEqual([2, 4]);
    expect(rungEpochs(2, 2)).toEqual([1]);
    expect(rungEpochs(1, 2)).toEqual([]);
    expect(rungEpochs(30, 1)).toEqual([]);
    expect(rungEpochs(2, 10)).toEqual([]);
  });

  it("names a base that trains", () => {
    expect(zooNetwork(BASE)!.inputs[0]!.shape).toEqual(["batch", 3, 28, 28]);
  });
});
