import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/base/json.ts";
import { stream } from "../../src/base/rng.ts";
import { numbers } from "../../src/graph/tensor.ts";
import type { Graph } from "../../src/graph/types.ts";
import { readOnnx, writeOnnx } from "../../src/onnx/index.ts";
import { analyze } from "../../src/ops/analyze.ts";
import { createAlgorithm } from "../../src/search/index.ts";
import type { Algorithm, Design } from "../../src/search/types.ts";
import type { TrialRow } from "../../src/study/block.ts";
import { Heirs } from "../../src/study/heirs.ts";
import { buildProblem, resolveSpec } from "../../src/study/index.ts";
import { MorphismSpace } from "../../src/study/spaces/morphism-space.ts";
import { buildNetwork } from "../../src/zoo/index.ts";
import { MORPHISMS } from "../../src/zoo/morphisms/index.ts";
import { spaceContract } from "../search/contract.ts";
import { difference, outputsOf, shaken } from "../zoo/morphisms/helpers.ts";
import { temporaryFolder, userError } from "./helpers.ts";

const folder = temporaryFolder();
const small = () => buildNetwork("resnet-cifar", { depth: 8, width: 0.5, resolution: 8 });
const ALL = MORPHISMS.map((m) => m.name);
const spaceOf = (limits: object = {}, morphisms: readonly string[] = ALL, base = small()) =>
  new MorphismSpace(base, {
    morphisms,
    limits: { steps: 6, ...limits },
    identity: "structure",
    seed: 1,
  });

spaceContract("morphism", () => spaceOf(), { spellings: true });
spaceContract("morphism, up to its limits", () => spaceOf({ steps: 2, params: 60_000 }), {
  spellings: true,
});

const specOf = (space: object, objectives: readonly unknown[] = ["params", "macs"]) =>
  resolveSpec({ space: { kind: "morphism", ...space }, objectives, seed: 1 });
const BASE = "resnet-cifar:depth=8,width=0.5,resolution=8";

describe("a space of network morphisms", () => {
  it("walks away from its base without breaking a limit, in valid networks", () => {
    const space = spaceOf({ params: 40_000, macs: 2e6 });
    const rng = stream(2, "test/walk");
    let design = space.start[0]!;
    for (let i = 0; i < 40; i++) {
      design = space.mutate(design, rng);
      const { totals, gaps } = space.analysis(design);
      expect(gaps).toEqual([]);
      expect(totals.params).toBeLessThanOrEqual(40_000);
      expect(totals.macs).toBeLessThanOrEqual(2e6);
      expect(String(design.steps).split(";").length).toBeLessThanOrEqual(6);
    }
  });

  it("crosses the beginning of one with what fits of the other's rest", () => {
    const space = spaceOf();
    const rng = stream(3, "test/cross");
    const a = { steps: "widen conv1 factor=2; deepen relu kernel=3" };
    const b = {
      steps: "prune layer2.0.conv1 keep=0.5; remove-layer layer1.0.conv2; deepen relu kernel=5",
    };
    const steps = new Set<string>();
    for (let i = 0; i < 40; i++)
      for (const child of space.crossover(a, b, rng)) {
        space.check(child);
        for (const step of String(child.steps).split("; ")) steps.add(step);
      }
    expect(steps.size).toBe(5);
  });

  it("knows the designs that one descends from, and carries their weights on", async () => {
    const base = shaken(small(), 3);
    const space = spaceOf({}, ALL, base);
    const steps = [
      "widen conv1 factor=1.5",
      "deepen layer1.0.relu kernel=3",
      "add-skip relu>layer2.0.conv1",
    ];
    const design = { steps: steps.join("; ") };
    const ancestors = space.ancestors(design);
    expect(ancestors.map((d) => d.steps)).toEqual([steps.slice(0, 2).join("; "), steps[0], "base"]);
    // A trained parent: other weights, and through a file.
    const parent = retrained(space.network(ancestors[1]!).graph, 7);
    const child = space.inherit(design, ancestors[1]!, parent);
    expect(difference(await outputsOf(parent), await outputsOf(child))).toBeLessThan(1e-5);
    const shapes = (graph: Graph) =>
      [...graph.initializers].map(([name, t]) => `${name} ${t.dims.join()}`).sort();
    expect(shapes(child)).toEqual(shapes(space.network(design).graph));
    expect(() => space.inherit(ancestors[0]!, { steps: "deepen relu kernel=1" }, parent)).toThrow(
      /no ancestor/,
    );
  });

  const A = "widen layer1.0.conv1 factor=1.5";
  const B = "widen layer2.0.conv1 factor=2";
  const [there, back] = [{ steps: `${A}; ${B}` }, { steps: `${B}; ${A}` }];

  it("takes steps in another order for one design where they give one network", () => {
    const space = spaceOf();
    expect(space.key(there)).toBe(space.key(back));
    expect(space.describe(there)).not.toBe(space.describe(back));
    // A layer taken away again, and a layer put where it was not.
    const [undone] = [
      { steps: "add-skip relu>layer1.0.conv2; remove-skip layer1.0.conv2.skip.sum" },
    ];
    space.check(undone);
    expect(space.key(undone)).toBe(space.key({ steps: "base" }));
    const [inside, outside] = ["deepen relu kernel=3; ", ""].map((d) => ({ steps: `${d}${A}` }));
    expect(space.key(inside!)).not.toBe(space.key(outside!));
  });

  it("asks for no network twice, and for the same ones when it goes on", () => {
    const space = spaceOf({ steps: 3 }, ["widen", "prune"]);
    const begin = (state?: Json) =>
      createAlgorithm("lemonade", space, {
        seed: 4,
        options: { children: 12, accepted: 12, initial: 6 },
        state,
      });
    const algorithm = begin();
    const seen: string[] = [];
    const step = (search: Algorithm) => {
      const designs = search.ask(12);
      search.tell(
        designs.map((design) => {
          const { params, macs } = space.analysis(design).totals;
          return {
            design,
            outcome: { kind: "complete", objectives: [params, -macs], violation: 0 },
          };
        }),
      );
      return designs;
    };
    for (let i = 0; i < 8; i++) seen.push(...step(algorithm).map((d) => space.key(d)));
    expect(seen.length).toBeGreaterThan(60);
    expect(new Set(seen).size).toBe(seen.length);
    const restored = begin(JSON.parse(JSON.stringify(algorithm.state())) as Json);
    expect(step(restored)).toEqual(step(algorithm));
  });

  it("keeps to the identity that a study of before began with", async () => {
    const spec = specOf({ base: BASE });
    expect(spec.space.identity).toBe("structure");
    const now = await buildProblem(spec);
    expect(now.space.key(there)).toBe(now.space.key(back));
    // As it was stored before there was a choice.
    const { identity: _, ...before } = spec.space;
    const then = await buildProblem({ ...spec, space: before as typeof spec.space });
    expect(then.space.key(there)).toBe(there.steps);
    expect(then.space.key(back)).toBe(back.steps);
  });

  it("lets weights pass along the steps of a design alone", async () => {
    const problem = await buildProblem(specOf({ base: BASE }));
    const heirs = new Heirs({ ...problem, retain: () => {} });
    const row = (design: Design, params: number, macs: number): TrialRow => ({
      design,
      state: "complete",
      values: { params, macs },
    });
    heirs.add([row({ steps: A }, 1, 3), row(back, 2, 2)]);
    const further = (design: { steps: string }) => ({
      steps: `${design.steps}; deepen relu kernel=3`,
    });
    expect(heirs.parentsOf([further(back), further(there), { steps: B }])).toEqual([
      back,
      { steps: A },
      undefined,
    ]);
  });

  it("counts and times the network that a design stands for", async () => {
    const { space, built, notes } = await buildProblem(specOf({ base: BASE }));
    expect(notes).toContain(`space: morphisms of ${BASE}`);
    const design = { steps: "widen layer1.0.conv1 factor=2; enlarge-kernel layer2.0.conv1 by=2" };
    space.check(design);
    const { totals } = analyze(built.graph!(design), { bind: { batch: 1 } });
    expect(built.counts!(design)).toMatchObject({ params: totals.params, macs: totals.macs });
    const before = analyze(small(), { bind: { batch: 1 } }).totals;
    // 8 more filters of 3x3x8 and their normalization, 8 more inputs of the next; 5x5 instead of 3x3.
    expect(totals.params - before.params).toBe(8 * 8 * 9 + 16 + 8 * 8 * 9 + 8 * 16 * (25 - 9));
    const predictor = built.predictor!({
      device: "t4",
      batch: 8,
      precision: "fp32",
      host: "eager",
      tuned: false,
    });
    expect(predictor.predict(design).latencyMs).toBeGreaterThan(0);
  });

  it("takes a model file as its base, relative to the study, and remembers which", async () => {
    const path = join(folder, "base.onnx");
    writeFileSync(path, writeOnnx(small()));
    const { space, built } = await buildProblem(specOf({ base: path, morphisms: ["widen"] }));
    expect(built.inputs).toEqual([{ path, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    const design = space.mutate(space.at(0), stream(1, "test"));
    expect(design.steps).toMatch(/^widen \S+ factor=[\d.]+$/);
    const text = JSON.stringify(specOf({ base: "./nets/a.onnx" }).space);
    expect(text).toContain(`${process.cwd()}/nets/a.onnx`);
    expect(specOf({ base: BASE }).space.base).toBe(BASE);
  });

  it.each([
    [{ base: "resnet-cifra" }, /no file and no network of the zoo\ndid you mean 'resnet-cifar'/],
    [{ base: "./nothing.onnx" }, /nothing.onnx' is no file/],
    [{ base: "resnet-cifar:depht=20" }, /depht/],
    [{ base: BASE, morphisms: ["widne"] }, /morphisms/],
    [{ base: BASE, limits: { params: 100 } }, /base has \d+ params\nthe space's limit is 100/],
    [{ base: BASE, limits: { steps: 0 } }, /steps/],
  ])("refuses %j", async (space, message) => {
    expect(await userError(() => buildProblem(specOf(space)))).toMatch(message);
  });

  it.each([
    [{ steps: "widen conv9 factor=2" }, /no node conv9/],
    [{ steps: "separate conv1 rank=1" }, /separate is not allowed in this space/],
    [{ steps: Array(7).fill("widen conv1 factor=2").join("; ") }, /has 7 steps/],
    [{ steps: 3 }, /is no list of steps/],
  ])("refuses the design %j", (design, message) => {
    expect(() => spaceOf({}, ["widen"]).check(design)).toThrow(message);
  });
});

/** All weights changed, written and read. */
function retrained(graph: Graph, seed: number): Graph {
  const rng = stream(seed, "test/retrained");
  const initializers = new Map(graph.initializers);
  for (const [name, tensor] of initializers) {
    const values = Float32Array.from(numbers(tensor), (x) => x * (1 + 0.1 * rng.float()));
    initializers.set(name, { ...tensor, bytes: new Uint8Array(values.buffer) });
  }
  return readOnnx(writeOnnx({ ...graph, initializers }), { name: "trained" }).graph;
}
