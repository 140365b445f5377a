/** Morphisms that change the function: valid children, smaller ones, and exact where they undo. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stream } from "../../../src/base/rng.ts";
import { float32s, numbers } from "../../../src/graph/tensor.ts";
import type { Graph } from "../../../src/graph/types.ts";
import { analyze } from "../../../src/ops/analyze.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";
import { MORPHISMS } from "../../../src/zoo/morphisms/index.ts";
import { Network } from "../../../src/zoo/morphisms/network.ts";
import { applySteps, morphismNamed, parseSteps } from "../../../src/zoo/morphisms/steps.ts";
import { exotic, joined, Net, residual } from "../../reference/networks.ts";
import { difference, draw, outputsOf, randomNetwork, recipes, shaken } from "./helpers.ts";

const APPROXIMATE = MORPHISMS.filter((m) => !m.exact);

const apply = (graph: Graph, steps: string, seed = 1) => applySteps(graph, parseSteps(steps), seed);

describe.each(APPROXIMATE)("$name", (morphism) => {
  test("makes valid, smaller children of random networks", async () => {
    let tried = 0;
    await fc.assert(
      fc.asyncProperty(recipes, fc.nat(), async (recipe, seed) => {
        const graph = randomNetwork(recipe);
        const network = new Network(graph);
        const application = draw(morphism, network, stream(seed, "test/draw"));
        if (application === undefined) return;
        tried++;
        const child = morphism.apply(network, application);
        const [before, after] = [analyze(graph), analyze(child)];
        expect(after.gaps).toEqual([]);
        expect(after.types.get(child.outputs[0]!.name)).toEqual(
          before.types.get(graph.outputs[0]!.name),
        );
        const [output] = await outputsOf(child);
        expect(output!.every(Number.isFinite)).toBe(true);
        // Two kernels a channel, with what mixes them, may weigh more than a small dense kernel.
        if (morphism.name !== "separate")
          expect(after.totals.params).toBeLessThanOrEqual(before.totals.params);
      }),
      { numRuns: 40, seed: 3 },
    );
    expect(tried).toBeGreaterThan(3);
  });

  test("applies wherever it says in networks of the zoo", () => {
    let applied = 0;
    for (const graph of [
      residual(),
      exotic(),
      joined(),
      buildNetwork("resnet-cifar", { depth: 8, resolution: 16 }),
      buildNetwork("mobilenet_v2", { width: 0.25, resolution: 32 }),
    ]) {
      const network = new Network(graph);
      for (const place of morphism.places(network)) {
        const [name, parameter] = Object.entries(morphism.parameters)[0] ?? [];
        for (const value of parameter?.choices ?? [0]) {
          const values = name === undefined ? {} : { [name]: value };
          expect(analyze(morphism.apply(network, { place, values, seed: 1 })).gaps).toEqual([]);
          applied++;
        }
      }
    }
    expect(applied).toBeGreaterThan(5);
  });
});

describe("what one morphism adds, another takes away", () => {
  const graph = shaken(buildNetwork("resnet-cifar", { depth: 8, width: 0.5, resolution: 8 }), 2);

  test.each([
    ["deepen layer1.0.relu kernel=3; remove-layer layer1.0.relu.deepen.conv"],
    ["enlarge-kernel layer2.0.conv1 by=2; shrink-kernel layer2.0.conv1 by=2"],
    ["enlarge-kernel layer2.0.downsample.0 by=2; shrink-kernel layer2.0.downsample.0 by=2"],
    ["add-skip relu>layer1.0.conv1; remove-skip layer1.0.conv1.skip.sum"],
    ["add-skip relu>layer2.0.conv1; remove-skip layer2.0.conv1.skip.sum"],
    ["add-branch layer1.0.conv1 kernel=5 share=0.5; remove-skip layer1.0.conv1.branch.sum"],
  ])("%s", async (steps) => {
    const back = apply(graph, steps);
    if (!steps.startsWith("add-branch"))
      expect(analyze(back).totals.params).toBe(analyze(graph).totals.params);
    const change = difference(await outputsOf(graph), await outputsOf(back));
    // The longer path is the branch, which is all zeros.
    if (steps.startsWith("add-branch")) expect(change).toBeGreaterThan(0.01);
    else expect(change).toBeLessThan(1e-5);
  });
});

/** One dense convolution between input and pool. */
function single(weight: Float32Array, dims: readonly [number, number, number, number]): Graph {
  const net = new Net();
  const x = net.input(dims[1], 6);
  const w = net.builder.initializer("kernel", float32s(weight, dims));
  const y = net.builder.add("Conv", [x, w], {}, { name: "conv" });
  const pooled = net.op("Flatten", net.op("GlobalAveragePool", net.op("Relu", y)));
  return net.finish(net.linear(pooled, dims[0], 4, "classifier"));
}

describe("separate", () => {
  test("loses nothing where a channel's kernels are multiples of one", async () => {
    const rng = stream(8, "test/rank");
    const dims = [7, 4, 3, 3] as const;
    const profile = Float32Array.from({ length: 4 * 9 }, () => rng.normal());
    const mix = Float32Array.from({ length: 7 * 4 }, () => rng.normal());
    const weight = Float32Array.from({ length: 7 * 4 * 9 }, (_, i) => {
      const channel = Math.floor(i / 9) % 4;
      return mix[Math.floor(i / 9)]! * profile[channel * 9 + (i % 9)]!;
    });
    const graph = single(weight, dims);
    const child = apply(graph, "separate conv rank=1");
    expect(child.nodes.map((n) => n.op).slice(0, 2)).toEqual(["Conv", "Conv"]);
    expect(difference(await outputsOf(graph), await outputsOf(child))).toBeLessThan(1e-5);
  });

  test("leaves the error that the other singular values leave (Eckart and Young)", () => {
    // Orthogonal kernels of norms 3, 2, 1 in one channel, twice: the errors are sqrt(4 + 1) and 1.
    const dims = [3, 2, 2, 2] as const;
    const weight = new Float32Array(24);
    for (let c = 0; c < 2; c++)
      for (let f = 0; f < 3; f++) weight[(f * 2 + c) * 4 + ((f + c) % 4)] = 3 - f;
    for (const [rank, expected] of [
      [1, 5],
      [2, 1],
    ] as const) {
      const child = apply(single(weight, dims), `separate conv rank=${rank}`);
      const [depthwise, pointwise] = child.nodes
        .filter((n) => n.op === "Conv")
        .map((n) => numbers(child.initializers.get(n.inputs[1]!)!));
      let error = 0;
      for (let f = 0; f < 3; f++)
        for (let c = 0; c < 2; c++)
          for (let k = 0; k < 4; k++) {
            let w = 0;
            for (let r = 0; r < rank; r++) {
              const m = c * rank + r;
              w += pointwise![f * 2 * rank + m]! * depthwise![m * 4 + k]!;
            }
            error += (w - weight[(f * 2 + c) * 4 + k]!) ** 2;
          }
      expect(error).toBeCloseTo(2 * expected, 5);
    }
  });
});

test("prune cuts the channels with the smallest sums of weights", () => {
  const dims = [4, 2, 3, 3] as const;
  const sizes = [0.5, 0.1, 0.9, 0.3];
  const weight = Float32Array.from({ length: 72 }, (_, i) => sizes[Math.floor(i / 18)]!);
  const child = apply(single(weight, dims), "prune conv keep=0.5");
  const kept = numbers(child.initializers.get("kernel")!);
  expect(kept.length).toBe(36);
  expect(kept[0]).toBeCloseTo(0.5);
  expect(kept[18]).toBeCloseTo(0.9);
});

test("a place that does not fit is the user's error, and says why", () => {
  const graph = buildNetwork("resnet-cifar", { depth: 8, resolution: 8 });
  const fails = (steps: string) => {
    try {
      apply(graph, steps);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error("no error");
  };
  expect(fails("widen fc factor=2")).toMatch(/10 channels of fc \(Gemm\) cannot change: output/);
  expect(fails("deepen layer1.0.conv1 kernel=3")).toMatch(/is no rectifier/);
  expect(fails("remove-layer layer2.0.conv1")).toMatch(/shape of what it reads/);
  expect(fails("shrink-kernel layer2.0.downsample.0 by=2")).toMatch(/no border/);
  expect(fails("add-skip layer2.0.relu>layer1.0.conv1")).toMatch(/does not come before/);
  expect(fails("add-skip relu>nothing")).toMatch(/has no node nothing/);
  expect(fails("remove-skip relu")).toMatch(/no sum of two/);
  expect(fails("widen layer9.conv1 factor=2")).toMatch(/has no node layer9.conv1/);
  expect(morphismNamed("widen").places(new Network(graph))).not.toContain("fc");
});
