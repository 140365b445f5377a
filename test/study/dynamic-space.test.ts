/** Ways to make a network dynamic as a space: real trainings in child processes, on the tiny data set. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { predictedTime } from "../../src/dynamic/evaluation/predicted.ts";
import { dynamicNetwork } from "../../src/dynamic/plan.ts";
import { readOnnx } from "../../src/onnx/index.ts";
import { analyze } from "../../src/ops/analyze.ts";
import {
  buildProblem,
  loadDevice,
  openReader,
  resolveSpec,
  resumeStudy,
  runStudy,
  trialAt,
} from "../../src/study/index.ts";
import { children } from "../../src/study/objectives/accuracy-children.ts";
import { workFolder } from "../../src/study/runner.ts";
import { spaceContract } from "../search/contract.ts";
import { built, temporaryFolder, userError } from "./helpers.ts";

const folder = temporaryFolder();
const workerUrl = new URL(`file://${built("study/worker.js")}`);

const SPACE = {
  kind: "dynamic",
  base: "resnet-cifar:depth=8,channels1=4,channels2=8,channels3=8,resolution=28",
  mechanisms: { exits: { at: [1, "1+2"], width: [4] }, layers: { target: [0.4, 0.8] } },
  drops: [0, 100],
  data: "fashion-mnist-tiny",
  epochs: 1,
  batch: 50,
  validation: 0.2,
};
const OBJECTIVES = [
  { name: "accuracy", kind: "dynamic" },
  { name: "average_macs", kind: "dynamic" },
  { name: "latency", kind: "dynamic", measure: "average_ms", device: "t4" },
  { name: "latest", kind: "dynamic", measure: "worst_ms", device: "t4" },
];
const study = (space: object = {}, objectives: unknown = OBJECTIVES, rest: object = {}) =>
  resolveSpec({ name: "dynamic", space: { ...SPACE, ...space }, objectives, ...rest });

const { space } = await buildProblem(study());
spaceContract("dynamic", () => space);

describe("a space of dynamic networks", () => {
  it("has each combination of mechanisms with each of their options, and the network as it is", () => {
    const designs = Array.from({ length: space.size }, (_, i) => space.at(i));
    // Dense; exits: 2 places, 2 drops; layers: 2 targets; both: 2 x 2 x 2.
    expect(designs).toHaveLength(1 + 4 + 2 + 8);
    for (const design of designs) {
      const text = String(design.mechanisms);
      expect("exits.at" in design).toBe(text.includes("exits"));
      expect("layers.target" in design).toBe(text.includes("layers"));
      // Gates have no thresholds to set.
      expect("drop" in design).toBe(text.includes("exits"));
    }
  });

  it("converts the base as a design says", async () => {
    const { built: made } = await buildProblem(study());
    const designs = made.dynamic!;
    const { graph, plan } = designs.network({
      mechanisms: "exits+layers",
      "exits.at": "1+2",
      "exits.width": 4,
      "layers.target": 0.8,
    });
    expect(plan.exits.map((exit) => exit.name)).toEqual(["exit1", "exit2"]);
    expect(plan.regions.map((region) => region.target)).toEqual([0.8]);
    expect(dynamicNetwork(graph).plan).toEqual(plan);
    expect(designs.network({ mechanisms: "none" }).plan).toMatchObject({ exits: [], regions: [] });
  });

  it.each([
    [
      "a stage that there is not",
      { mechanisms: { exits: { at: [1, 7] } } },
      /mechanism exits:at=7: exits: .*not 7/,
    ],
    ["an option that there is not", { mechanisms: { exits: { att: [1] } } }, /no option att/],
    ["a value out of range", { mechanisms: { layers: { target: [0.5, 2] } } }, /target = '2'/],
    [
      "a base that is none",
      { base: "resnet-cifer" },
      /no file and no network of the zoo\ndid you mean 'resnet-cifar'/,
    ],
  ])("refuses %s", async (_, wrong, message) => {
    expect(await userError(() => buildProblem(study(wrong)))).toMatch(message);
  });

  it.each([
    ["no measure", [{ name: "speed", kind: "dynamic" }], /does not say what it measures/],
    ["no use", [{ name: "accuracy", kind: "dynamic", device: "t4" }], /device has no effect/],
  ])("refuses an objective of %s", async (_, objectives, message) => {
    expect(await userError(() => buildProblem(study({}, objectives)))).toMatch(message);
  });

  it("refuses the objective in other spaces", async () => {
    const other = resolveSpec({
      space: {
        kind: "zoo",
        network: "resnet18",
        vary: { width: { type: "real", low: 1, high: 2 } },
      },
      objectives: [{ name: "accuracy", kind: "dynamic" }],
    });
    expect(await userError(() => buildProblem(other))).toMatch(/needs a space of dynamic networks/);
  });

  it("finds out before the first training that data and base do not fit", async () => {
    const problem = await buildProblem(study({ base: SPACE.base.replace("=28", "=32") }));
    expect(await userError(() => problem.prepare())).toMatch(/objective 'accuracy': .*28/);
    await children().close();
  });
});

describe("a study of dynamic networks", () => {
  const look = (store: string) => {
    const reader = openReader(store);
    const block = reader.trials(1);
    reader.close();
    return Array.from({ length: block.count }, (_, i) => trialAt(block, i));
  };
  const spec = (evaluations: number) =>
    study({}, OBJECTIVES, {
      search: { algorithm: "random" },
      budget: { evaluations },
      seed: 3,
      batch: 2,
    });
  const whole = join(folder, "whole.db");
  beforeAll(async () => {
    await runStudy(spec(6), { store: whole, workers: 2, workerUrl });
  }, 120_000);

  it("evaluates each design: what exits save, and never more than the worst case", async () => {
    const trials = look(whole);
    expect(trials.map((t) => t.error)).toEqual(trials.map(() => undefined));
    const { built: made } = await buildProblem(study());
    for (const { design, values } of trials) {
      const { graph, plan } = made.dynamic!.network(design);
      const all = analyze(graph, { bind: { batch: 1 } }).totals.macs;
      expect(values.average_macs).toBeLessThanOrEqual(all);
      expect(values.accuracy).toBeGreaterThanOrEqual(0);
      expect(values.latency).toBeLessThanOrEqual(values.latest! * (1 + 1e-9));
      if (plan.exits.length + plan.regions.length === 0)
        expect(values.latency).toBeCloseTo(values.latest!, 9);
      // All accuracy may be lost: everything leaves at the first exit.
      if (design.drop === 100) expect(values.average_macs).toBeLessThan(all);
    }
  });

  it("times regions by the share that was on", async () => {
    const store = join(folder, "regions.db");
    const half = study({ mechanisms: { attention: { keep: [0.5], block: [7] } }, dense: false });
    await runStudy(half, { store, workers: 1, workerUrl });
    const [trial] = look(store);
    const { built: made } = await buildProblem(half);
    const { dense } = made.dynamic!;
    const network = made.dynamic!.network(trial!.design);
    const options = { device: loadDevice("t4"), precision: "fp32", host: "eager" } as const;
    // Two of four blocks for every image, and no exit to leave at.
    const at = (share: number) =>
      predictedTime(
        ...([network, dense, [0, 0], 1, options] as const),
        network.plan.regions.map(() => Float32Array.of(share, share)),
      ).expectedMs;
    expect(network.plan.regions.length).toBeGreaterThan(0);
    expect(trial!.values.latency).toBeCloseTo(at(0.5), 9);
    expect(trial!.values.latency).not.toBeCloseTo(
      predictedTime(network, dense, [0], 1, options).expectedMs,
      9,
    );
  }, 120_000);

  it("trains designs that differ in their thresholds alone once", () => {
    const [files] = readdirSync(workFolder(whole, 1));
    const own = join(workFolder(whole, 1), files!);
    const records = readdirSync(own).filter((name) => name.endsWith(".json"));
    for (const name of records) {
      const { design } = JSON.parse(readFileSync(join(own, name), "utf8"));
      expect(design).not.toHaveProperty("drop");
      const trained = readOnnx(readFileSync(join(own, name.replace(".json", ".onnx"))), {
        name,
      });
      const { exits } = dynamicNetwork(trained.graph).plan;
      expect(exits.length > 0).toBe(String(design.mechanisms).includes("exits"));
    }
  });

  it("goes on after a stop to the same trials", async () => {
    const store = join(folder, "stopped.db");
    await runStudy(spec(2), { store, workers: 1, workerUrl });
    await resumeStudy(1, { store, workers: 1, workerUrl, evaluations: 6 });
    expect(look(store)).toEqual(look(whole));
  }, 120_000);
});
