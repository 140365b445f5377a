import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stream } from "../../src/base/rng.ts";
import { numbers } from "../../src/graph/tensor.ts";
import type { Graph } from "../../src/graph/types.ts";
import { readOnnx, writeOnnx } from "../../src/onnx/index.ts";
import { analyze } from "../../src/ops/analyze.ts";
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
  new MorphismSpace(base, { morphisms, limits: { steps: 6, ...limits }, seed: 1 });

spaceContract("morphism", () => spaceOf());
spaceContract("morphism, up to its limits", () => spaceOf({ steps: 2, params: 60_000 }));

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
