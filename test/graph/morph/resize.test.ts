import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stream } from "../../../src/base/rng.ts";
import { channelImportance, pickChannels } from "../../../src/graph/morph/choose.ts";
import { type Pick, resizeChannels } from "../../../src/graph/morph/resize.ts";
import { channelTies, type Ties } from "../../../src/graph/morph/ties.ts";
import { float32s, numbers } from "../../../src/graph/tensor.ts";
import type { Graph } from "../../../src/graph/types.ts";
import { readOnnx, writeOnnx } from "../../../src/onnx/index.ts";
import { analyze } from "../../../src/ops/analyze.ts";
import { difference, execute } from "../../reference/execute.ts";
import { randomInput, residual, SMALL } from "../../reference/networks.ts";

function tied(graph: Graph): Ties {
  return channelTies(graph, analyze(graph).types);
}

/** A width for every dimension that may change, by a factor drawn for each. */
function drawn(graph: Graph, ties: Ties, low: number, high: number, seed: number) {
  const rng = stream(seed, "test/widths");
  const free = ties.dimensions.filter((d) => d.fixed === undefined);
  const importance = channelImportance(graph, ties, new Set(free.map((d) => d.id)));
  return new Map<number, Pick>(
    free.map(({ id, channels, multiple }) => {
      const wanted = (channels * (low + (high - low) * rng.float())) / multiple;
      const width = multiple * Math.max(1, low >= 1 ? Math.ceil(wanted) : Math.round(wanted));
      return [id, pickChannels(importance.get(id)!, width, { blocks: multiple, seed, index: id })];
    }),
  );
}

describe("wider networks compute the same", () => {
  for (const [name, make] of Object.entries(SMALL))
    test(name, () => {
      const graph = make();
      const ties = tied(graph);
      const inputs = randomInput(graph);
      const [before] = execute(graph, inputs);
      const runs = name.length < 9 ? 8 : 2;
      fc.assert(
        fc.property(fc.nat(), fc.double({ min: 1, max: 3, noNaN: true }), (seed, high) => {
          const wider = resizeChannels(graph, ties, drawn(graph, ties, 1, high, seed));
          const [after] = execute(wider, inputs);
          expect(difference(before!, after!)).toBeLessThan(1e-5);
        }),
        { numRuns: runs, seed: 7 },
      );
      const tripled = resizeChannels(graph, ties, drawn(graph, ties, 3, 3, 1));
      expect(analyze(tripled).totals.macs).toBeGreaterThan(2 * analyze(graph).totals.macs);
    });
});

test("a retuned network survives its file", () => {
  const graph = residual();
  const ties = tied(graph);
  const wider = resizeChannels(graph, ties, drawn(graph, ties, 1.5, 2.5, 1));
  const read = readOnnx(writeOnnx(wider), { name: "wider" }).graph;
  const inputs = randomInput(graph);
  expect(difference(execute(graph, inputs)[0]!, execute(read, inputs)[0]!)).toBeLessThan(1e-5);
});

describe("narrower networks run, and are smaller", () => {
  for (const [name, make] of Object.entries(SMALL))
    test(name, () => {
      const graph = make();
      const ties = tied(graph);
      const narrower = resizeChannels(graph, ties, drawn(graph, ties, 0.4, 0.8, 5));
      const [after] = execute(narrower, randomInput(graph));
      expect(after!.data.every(Number.isFinite)).toBe(true);
      expect(analyze(narrower).totals.macs).toBeLessThan(analyze(graph).totals.macs);
    });
});

test("cutting channels that nothing reads changes nothing", () => {
  const graph = residual();
  const ties = tied(graph);
  const dim = ties.dimensions.find((d) => d.layers.includes("c1"))!;
  const cut = new Set([2, 7]);
  // c2 does not read them: its weights for them are zero.
  const name = graph.nodes.find((n) => n.name === "c2")!.inputs[1]!;
  const weight = graph.initializers.get(name)!;
  const values = Float32Array.from(numbers(weight), (w, i) =>
    cut.has(Math.floor(i / 9) % 10) ? 0 : w,
  );
  const deaf = {
    ...graph,
    initializers: new Map([...graph.initializers, [name, float32s(values, weight.dims)]]),
  };
  const from = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].filter((c) => !cut.has(c));
  const pick = { width: 8, from, share: from.map(() => 1) };
  const narrower = resizeChannels(deaf, ties, new Map([[dim.id, pick]]));
  const inputs = randomInput(graph);
  expect(difference(execute(deaf, inputs)[0]!, execute(narrower, inputs)[0]!)).toBeLessThan(1e-12);
});

describe("which channels", () => {
  test("a narrower layer keeps the largest L1 norms, in order", () => {
    const graph = residual();
    const ties = tied(graph);
    const dim = ties.dimensions.find((d) => d.layers.includes("c1"))!;
    const weight = numbers(
      graph.initializers.get(graph.nodes.find((n) => n.name === "c1")!.inputs[1]!)!,
    );
    const norms = Array.from({ length: 10 }, (_, c) => {
      let sum = 0;
      for (let i = 0; i < 72; i++) sum += Math.abs(weight[c * 72 + i]!);
      return sum;
    });
    const largest = [...norms.keys()].sort((a, b) => norms[b]! - norms[a]!).slice(0, 4);
    const importance = channelImportance(graph, ties, new Set([dim.id])).get(dim.id)!;
    expect(Array.from(pickChannels(importance, 4).from)).toEqual(largest.sort((a, b) => a - b));
  });

  test("shares of a channel's copies add up to 1, and differ where a seed is given", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(1, 2, 3),
        fc.option(fc.nat(), { nil: undefined }),
        (size, width, blocks, seed) => {
          const importance = Float64Array.from({ length: size * blocks }, (_, i) => (i * 7) % 5);
          const { from, share } = pickChannels(importance, width * blocks, {
            blocks,
            ...(seed === undefined ? {} : { seed }),
          });
          const sums = new Float64Array(size * blocks);
          for (let j = 0; j < from.length; j++) {
            sums[from[j]!]! += share[j]!;
            // Each block copies its own channels.
            expect(Math.floor(from[j]! / size)).toBe(Math.floor(j / width));
          }
          const kept = new Set(Array.from(from));
          expect(kept.size).toBe(Math.min(size, width) * blocks);
          for (const c of kept) expect(sums[c]).toBeCloseTo(1, 12);
          if (seed === undefined)
            for (let j = 0; j < from.length; j++)
              expect(1 / share[j]!).toBeCloseTo(Math.round(1 / share[j]!), 9);
        },
      ),
    );
  });
});
