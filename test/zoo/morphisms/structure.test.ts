import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stream } from "../../../src/base/rng.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { renameValues } from "../../../src/graph/edit.ts";
import { float32s } from "../../../src/graph/tensor.ts";
import type { Graph } from "../../../src/graph/types.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";
import { MORPHISMS } from "../../../src/zoo/morphisms/index.ts";
import { Network } from "../../../src/zoo/morphisms/network.ts";
import {
  applyStep,
  applySteps,
  morphismNamed,
  type Step,
} from "../../../src/zoo/morphisms/steps.ts";
import { structureOf } from "../../../src/zoo/morphisms/structure.ts";
import { randomNetwork, recipes, shaken } from "./helpers.ts";
import { isomorphic } from "./isomorphism.ts";

const keyOf = (graph: Graph) => structureOf(new Network(graph));
const small = buildNetwork("resnet-cifar", { depth: 8, width: 0.25, resolution: 8 });

/** Every step that the morphisms allow on the network, or one value of each parameter. */
function stepsOn(graph: Graph, names: readonly string[], all = true): Step[] {
  const network = new Network(graph);
  return names.flatMap((name) => {
    const morphism = morphismNamed(name);
    let values: Record<string, number>[] = [{}];
    for (const [key, { choices }] of Object.entries(morphism.parameters))
      values = values.flatMap((v) =>
        (all ? choices : choices.slice(-1)).map((c) => ({ ...v, [key]: c })),
      );
    return morphism
      .places(network)
      .flatMap((place) => values.map((v) => ({ morphism: name, place, values: v })));
  });
}

function applied(graph: Graph, step: Step): Graph | undefined {
  try {
    return applyStep(new Network(graph), step, 0);
  } catch {
    return undefined;
  }
}

/** The same network: other names everywhere, nodes in another order that is one too. */
function disguised(graph: Graph, seed: number): Graph {
  const rng = stream(seed, "test/disguise");
  const names = new Map<string, string>();
  const all = [...graph.initializers.keys(), ...graph.nodes.flatMap((n) => n.outputs)];
  for (const [i, name] of rng.shuffle(all.filter((n) => n !== "")).entries())
    names.set(name, `v${i}`);
  const renamed = renameValues(graph, names);
  const done = new Set([...renamed.inputs.map((v) => v.name), ...renamed.initializers.keys(), ""]);
  const nodes = [];
  for (let left = rng.shuffle(renamed.nodes); left.length > 0; ) {
    const next = left.find((n) => n.inputs.every((name) => done.has(name)))!;
    nodes.push({ ...next, name: `n${nodes.length}` });
    for (const output of next.outputs) done.add(output);
    left = rng.shuffle(left.filter((n) => n !== next));
  }
  const initializers = new Map(rng.shuffle([...renamed.initializers]));
  return { ...renamed, name: "other", nodes, initializers, metadata: { made: "up" } };
}

describe("the structure of a network", () => {
  it("knows neither names, nor the order of nodes, nor weights", () => {
    fc.assert(
      fc.property(recipes, fc.nat(), (recipe, seed) => {
        const graph = randomNetwork(recipe);
        const other = disguised(shaken(graph, seed), seed);
        expect(isomorphic(graph, other)).toBe(true);
        expect(keyOf(other)).toBe(keyOf(graph));
      }),
      { numRuns: 60 },
    );
  });

  it("is one for steps that commute, in any order", () => {
    const names = [
      "widen",
      "prune",
      "enlarge-kernel",
      "shrink-kernel",
      "squeeze-excite",
      "add-branch",
    ];
    const steps = stepsOn(small, names);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(...steps), {
          minLength: 2,
          maxLength: 4,
          selector: ({ morphism, place }) =>
            /widen|prune/.test(morphism) ? `channels ${place}` : place,
        }),
        fc.nat(),
        (chosen, seed) => {
          const a = applySteps(small, chosen, 0);
          const b = applySteps(small, stream(seed, "test/order").shuffle(chosen), 0);
          // Whether they commute is for the other way of telling to say.
          expect(keyOf(a) === keyOf(b)).toBe(isomorphic(a, b));
        },
      ),
      { numRuns: 80 },
    );
    const independent: Step[] = [
      { morphism: "widen", place: "layer1.0.conv1", values: { factor: 1.5 } },
      { morphism: "prune", place: "layer2.0.conv1", values: { keep: 0.5 } },
      { morphism: "enlarge-kernel", place: "layer3.0.conv1", values: { by: 2 } },
      { morphism: "squeeze-excite", place: "layer3.0.conv2", values: { reduction: 4 } },
    ];
    const keys = permutations(independent).map((order) => keyOf(applySteps(small, order, 0)));
    expect(keys).toHaveLength(24);
    expect(new Set(keys).size).toBe(1);
  });

  it("tells all other networks apart: every pair within two steps of a base", {
    timeout: 60_000,
  }, () => {
    const found: { graph: Graph; key: string }[] = [{ graph: small, key: keyOf(small) }];
    const names = MORPHISMS.map((m) => m.name);
    const first = stepsOn(small, names, false).map((step) => applied(small, step)!);
    const few = stream(1, "test/few").shuffle(first).slice(0, 14);
    for (const graph of [
      ...first,
      ...few.flatMap((parent) => stepsOn(parent, names, false).map((s) => applied(parent, s))),
    ])
      if (graph !== undefined) found.push({ graph, key: keyOf(graph) });
    expect(found.length).toBeGreaterThan(300);
    let equal = 0;
    found.forEach((a, i) => {
      for (const b of found.slice(i + 1)) {
        const same = isomorphic(a.graph, b.graph);
        if (same !== (a.key === b.key)) expect.fail(`${a.key} ${b.key}: ${same}`);
        if (same) equal++;
      }
    });
    expect(equal).toBeGreaterThan(20);
  });

  it("tells a layer that is read twice from two equal ones", () => {
    const build = (reads: readonly number[]) => {
      const builder = new GraphBuilder();
      const input = builder.input("x", ["n", 4]);
      for (const i of [0, 1]) builder.initializer(`w${i}`, float32s(new Float32Array(16), [4, 4]));
      const layers = [0, 1].map((i) => builder.add("MatMul", [input, `w${i}`]));
      const heads = ["Relu", "Tanh", "Sigmoid"].map((op, k) =>
        builder.add(op, [layers[reads[k]!]!]),
      );
      builder.output(
        heads.reduce((a, b) => builder.add("Add", [a, b])),
        ["n", 4],
      );
      return builder.build();
    };
    const all = [
      [0, 0, 1],
      [0, 1, 1],
      [0, 1, 0],
      [1, 0, 0],
    ].map(build);
    const keys = all.map(keyOf);
    for (const [i, a] of all.entries())
      for (const [j, b] of all.entries()) expect(keys[i] === keys[j]).toBe(isomorphic(a, b));
    expect(new Set(keys).size).toBe(3);
  });

  it("is that of the constants that set how an operator works", () => {
    const clipped = (high: number) => {
      const builder = new GraphBuilder();
      const x = builder.input("x", ["n", 4]);
      builder.initializer("low", float32s([0], []));
      builder.initializer("high", float32s([high], []));
      builder.output(builder.add("Clip", [x, "low", "high"]), ["n", 4]);
      return builder.build();
    };
    expect(keyOf(clipped(6))).toBe(keyOf(clipped(6)));
    expect(keyOf(clipped(6))).not.toBe(keyOf(clipped(5)));
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) =>
    permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]),
  );
}
