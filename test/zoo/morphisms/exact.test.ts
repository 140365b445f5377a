/** Exact morphisms: the child computes what its parent did, on ONNX Runtime, borders included. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stream } from "../../../src/base/rng.ts";
import type { Graph } from "../../../src/graph/types.ts";
import { analyze } from "../../../src/ops/analyze.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";
import { MORPHISMS } from "../../../src/zoo/morphisms/index.ts";
import { Network } from "../../../src/zoo/morphisms/network.ts";
import { applySteps } from "../../../src/zoo/morphisms/steps.ts";
import { exotic, joined, residual } from "../../reference/networks.ts";
import { difference, draw, outputsOf, randomNetwork, recipes, shaken } from "./helpers.ts";

const NETWORKS: Readonly<Record<string, () => Graph>> = {
  residual,
  exotic,
  joined,
  "resnet-cifar": () => buildNetwork("resnet-cifar", { depth: 8, width: 0.5, resolution: 16 }),
  mobilenet_v2: () => buildNetwork("mobilenet_v2", { width: 0.25, resolution: 32, classes: 10 }),
  vgg16: () => buildNetwork("vgg16", { width: 0.125, hidden: 24, resolution: 32, classes: 10 }),
  nasbench201: () =>
    buildNetwork("nasbench201", { cell: "324121", channels: 4, cells: 1, resolution: 16 }),
};

const EXACT = MORPHISMS.filter((m) => m.exact);

describe.each(EXACT)("$name", (morphism) => {
  test.each(Object.entries(NETWORKS))("keeps what %s computes", async (_name, make) => {
    const graph = shaken(make(), 1);
    const network = new Network(graph);
    const rng = stream(5, morphism.name);
    const before = await outputsOf(graph);
    expect(Math.max(...before.flatMap((x) => [...x].map(Math.abs)))).toBeGreaterThan(1e-3);
    const places = morphism.places(network);
    for (let i = 0; i < Math.min(5, places.length); i++) {
      const child = morphism.apply(network, draw(morphism, network, rng)!);
      expect(difference(before, await outputsOf(child))).toBeLessThan(1e-5);
      expect(analyze(child).gaps).toEqual([]);
      expect(analyze(child).totals.params).toBeGreaterThan(analyze(graph).totals.params);
      expect(child.outputs).toEqual(graph.outputs);
      expect(child.inputs).toEqual(graph.inputs);
    }
  });

  test("keeps what random networks compute", async () => {
    let tried = 0;
    await fc.assert(
      fc.asyncProperty(recipes, fc.nat(), async (recipe, seed) => {
        const graph = randomNetwork(recipe);
        const network = new Network(graph);
        const application = draw(morphism, network, stream(seed, "test/draw"));
        if (application === undefined) return;
        tried++;
        const child = morphism.apply(network, application);
        expect(difference(await outputsOf(graph), await outputsOf(child))).toBeLessThan(1e-5);
      }),
      { numRuns: 25, seed: 11 },
    );
    expect(tried).toBeGreaterThan(10);
  });

  test("applies wherever it says, with every value", () => {
    const network = new Network(residual());
    const places = morphism.places(network);
    expect(places.length).toBeGreaterThan(0);
    for (const place of places)
      for (const values of everyValue(morphism.parameters))
        analyze(morphism.apply(network, { place, values, seed: 1 }));
  });
});

function everyValue(parameters: (typeof EXACT)[number]["parameters"]) {
  return Object.entries(parameters).reduce<Record<string, number>[]>(
    (all, [name, { choices }]) => all.flatMap((v) => choices.map((x) => ({ ...v, [name]: x }))),
    [{}],
  );
}

test("chains of steps keep the function, and are the same when replayed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), async (seed) => {
      const rng = stream(seed, "test/chain");
      const graph = shaken(
        buildNetwork("resnet-cifar", { depth: 8, width: 0.5, resolution: 8 }),
        2,
      );
      const steps = [];
      let child = graph;
      for (let i = 0; i < 5; i++) {
        const network = new Network(child);
        const morphism = rng.pick(EXACT);
        const drawn = draw(morphism, network, rng);
        if (drawn === undefined) continue;
        steps.push({ morphism: morphism.name, place: drawn.place, values: drawn.values });
        child = morphism.apply(network, { ...drawn, seed: 3 });
      }
      const [before, after] = [await outputsOf(graph), await outputsOf(child)];
      expect(difference(before, after)).toBeLessThan(2e-5);
      expect(await outputsOf(applySteps(graph, steps, 3))).toEqual(after);
    }),
    { numRuns: 8, seed: 4 },
  );
});
