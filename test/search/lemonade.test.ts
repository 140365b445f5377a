import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/base/json.ts";
import { stream } from "../../src/base/rng.ts";
import { median } from "../../src/base/stats.ts";
import { hypervolume } from "../../src/search/hypervolume.ts";
import { createAlgorithm } from "../../src/search/index.ts";
import {
  inverseDensities,
  kernelDensity,
  weightedPick,
  weightedSample,
} from "../../src/search/lemonade-density.ts";
import { nonDominatedRanks } from "../../src/search/non-dominated-sort.ts";
import { parametricSpace } from "../../src/search/parametric-space.ts";
import type { Algorithm, Design, Outcome, Space, Told } from "../../src/search/types.ts";
import { cellSpace, column, edges, rowOf } from "./nasbench201.ts";

const space = parametricSpace({
  a: { type: "integer", low: 0, high: 99 },
  b: { type: "integer", low: 0, high: 99 },
  c: { type: "categorical", values: ["x", "y", "z"] },
});

/** Size, and an error that falls with size and jumps with the rest: the front has many points. */
function objectivesOf(design: Design): number[] {
  const noise = stream(9, space.key(design)).float();
  const size = 1 + Number(design.a) ** 2;
  return [size, 100 / (1 + Number(design.a)) + Number(design.b) / 10 + noise];
}

/** As the study does: the cheap objective of all, the dear one of those accepted. */
function generation(algorithm: Algorithm, limit = algorithm.batch!): Told[] {
  const designs = algorithm.ask(limit);
  const cheap = designs.map((d) => objectivesOf(d).slice(0, 1));
  const accepted = new Set(algorithm.accept!(designs, cheap, designs.length));
  const told = designs.map((design, i): Told => {
    const outcome: Outcome = accepted.has(i)
      ? { kind: "complete", objectives: objectivesOf(design), violation: 0 }
      : { kind: "pruned", violation: 0 };
    return { design, outcome };
  });
  algorithm.tell(told);
  return told;
}

const make = (state?: Json, on: Space = space) =>
  createAlgorithm("lemonade", on, {
    seed: 3,
    state,
    cheap: [0],
    options: { children: 30, accepted: 5, initial: 12 },
  });

type Point = readonly number[];
const dominates = (p: Point, q: Point) =>
  p.every((x, k) => x <= q[k]!) && p.some((x, k) => x < q[k]!);

function populationOf(algorithm: Algorithm): { design: Design; point: Point }[] {
  const state = algorithm.state() as unknown as {
    breeder: { population: { design: Design; standing: [number, Json, number[]] }[] };
  };
  return state.breeder.population.map((m) => ({ design: m.design, point: m.standing[2] }));
}

describe("lemonade", () => {
  test("the population is the front of all that was told", () => {
    const algorithm = make();
    const complete: Point[] = [];
    for (let g = 0; g < 15; g++) {
      for (const { outcome } of generation(algorithm))
        if (outcome.kind === "complete") complete.push(outcome.objectives);
      const points = populationOf(algorithm).map((m) => m.point);
      for (const p of points) for (const q of points) expect(dominates(p, q)).toBe(false);
      const front = complete.filter((p) => !complete.some((q) => dominates(q, p)));
      expect(new Set(points.map(String))).toEqual(new Set(front.map(String)));
      expect(new Set(points.map(String)).size).toBe(points.length);
    }
    expect(populationOf(algorithm).length).toBeGreaterThan(5);
  });

  test("of many children few are accepted, all founders are", () => {
    const algorithm = make();
    const count = (told: readonly Told[]) =>
      told.filter((t) => t.outcome.kind === "complete").length;
    const founders = generation(algorithm);
    expect([founders.length, count(founders)]).toEqual([12, 12]);
    for (let g = 0; g < 5; g++) {
      const children = generation(algorithm);
      expect([children.length, count(children)]).toEqual([30, 5]);
    }
  });

  test("in parts a generation is accepted in proportion", () => {
    const algorithm = make();
    generation(algorithm);
    const accepted = [12, 12, 6].map(
      (part) => generation(algorithm, part).filter((t) => t.outcome.kind === "complete").length,
    );
    expect(accepted).toEqual([2, 2, 1]);
  });

  test("begins with what is there already", () => {
    const start = [
      { a: 7, b: 7, c: "y" },
      { a: 8, b: 1, c: "x" },
    ];
    const asked = make(undefined, { ...space, start } as unknown as Space).ask(12);
    expect(asked.slice(0, 2)).toEqual(start);
    expect(new Set(asked.map((d) => space.key(d))).size).toBe(12);
  });

  test("children are one mutation away from a member", () => {
    const algorithm = make();
    generation(algorithm);
    const parents = populationOf(algorithm).map((m) => m.design);
    const children = algorithm.ask(30);
    const near = children.filter((child) =>
      parents.some((p) => Object.keys(child).filter((k) => p[k] !== child[k]).length === 1),
    );
    expect(near.length).toBeGreaterThan(25);
  });

  test("continues bit for bit, with the same children accepted", () => {
    const whole = make();
    const all = Array.from({ length: 6 }, () => generation(whole));
    const first = make();
    for (let g = 0; g < 3; g++) generation(first);
    const restored = make(JSON.parse(JSON.stringify(first.state())) as Json);
    expect([3, 4, 5].map(() => generation(restored))).toEqual(all.slice(3));
  });

  test("finds a small design where none is feasible at first", () => {
    const algorithm = make();
    const bound = 50;
    let feasible = 0;
    for (let g = 0; g < 30; g++) {
      const designs = algorithm.ask(30);
      algorithm.tell(
        designs.map((design) => {
          const objectives = objectivesOf(design);
          const violation = Math.max(0, Number(design.b) + Number(design.a) - bound / 10);
          if (violation === 0) feasible++;
          return { design, outcome: { kind: "complete", objectives, violation } };
        }),
      );
    }
    // Of the 30,000 designs 63 are feasible; 900 random ones hold two.
    expect(feasible).toBeGreaterThan(10);
  });
});

test("with 200 trained cells of NAS-Bench-201 it comes nearer to the front than random search", () => {
  const objectives = [column("c10_test_e200").map((x) => 100 - x), column("flops_c10")];
  const points = Array.from(objectives[0]!, (_, i) => objectives.map((o) => o[i]!));
  const ranks = nonDominatedRanks(points);
  const front = points.filter((_, i) => ranks[i] === 0);
  const low = objectives.map((_, k) => Math.min(...front.map((p) => p[k]!)));
  const high = objectives.map((_, k) => Math.max(...front.map((p) => p[k]!)));
  const scaled = (p: Point) => p.map((x, k) => (x - low[k]!) / (high[k]! - low[k]!));
  const pointOf = (d: Design) => points[rowOf.get(edges.map((e) => d[e]).join(""))!]!;
  const share = (name: string, seed: number, options: object) => {
    const algorithm = createAlgorithm(name, cellSpace, {
      seed,
      cheap: [1],
      options: { ...options },
    });
    const trained: number[][] = [];
    while (trained.length < 200) {
      const designs = algorithm.ask(algorithm.batch ?? 40);
      const cheap = designs.map((d) => [pointOf(d)[1]!]);
      const accepted = new Set(
        algorithm.accept?.(designs, cheap, designs.length) ?? designs.keys(),
      );
      algorithm.tell(
        designs.map((design, i): Told => {
          if (!accepted.has(i)) return { design, outcome: { kind: "pruned", violation: 0 } };
          const objectives = pointOf(design);
          if (trained.length < 200) trained.push(scaled(objectives));
          return { design, outcome: { kind: "complete", objectives, violation: 0 } };
        }),
      );
    }
    return hypervolume(trained, [1.1, 1.1]) / 1.056545;
  };
  const seeds = Array.from({ length: 9 }, (_, seed) => seed);
  const few = { children: 40, accepted: 8, initial: 16 };
  const lemonade = median(seeds.map((seed) => share("lemonade", seed, few)));
  const random = median(seeds.map((seed) => share("random", seed, {})));
  expect(lemonade).toBeGreaterThan(0.945);
  expect(lemonade - random).toBeGreaterThan(0.015);
});

describe("density", () => {
  /** Sizes of networks, most of them small: log-normal, spanning decades. */
  const crowded = () => {
    const rng = stream(4, "test/crowd");
    return Array.from({ length: 400 }, (_, i) => [
      i % 20 === 0 ? 10 ** (4 + 3 * rng.float()) : 10 ** (4 + 0.3 * rng.float()),
    ]);
  };
  const histogram = (points: readonly Point[]) => {
    const bins = new Float64Array(6);
    for (const [x] of points) bins[Math.min(5, Math.floor((Math.log10(x!) - 4) * 2))]!++;
    return bins.map((n) => n / points.length);
  };
  const entropy = (shares: Float64Array) =>
    shares.reduce((h, p) => (p > 0 ? h - p * Math.log2(p) : h), 0);

  test("drawing by its inverse flattens the histogram of a cheap objective", () => {
    const points = crowded();
    const weights = inverseDensities(points, kernelDensity(points));
    const rng = stream(5, "test/draws");
    const drawn = Array.from({ length: 4000 }, () => points[weightedPick(weights, rng)]!);
    const [before, after] = [histogram(points), histogram(drawn)];
    // Six bins alike would have log2(6) = 2.58 bits.
    expect(entropy(before)).toBeLessThan(0.6);
    expect(entropy(after)).toBeGreaterThan(1.8);
    expect(Math.max(...after)).toBeLessThan(0.5 * Math.max(...before));
  });

  test("is Scott's: a Gaussian mixture with its bandwidth", () => {
    // Both signs: no logarithm. n = 4, deviation sqrt(5): bandwidth sqrt(5) 4^(-1/5).
    const points = [[-3], [-1], [1], [3]];
    const h = Math.sqrt(5) * 4 ** -0.2;
    const density = kernelDensity(points);
    for (const x of [-4, 0, 0.7]) {
      const expected = points.reduce((s, [p]) => s + Math.exp(-0.5 * ((p! - x) / h) ** 2), 0) / 4;
      expect(density([x])).toBeCloseTo(expected, 12);
    }
  });

  test("does not depend on the units", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 1, max: 1e6 }), fc.double({ min: 1, max: 100 })), {
          minLength: 2,
          maxLength: 20,
        }),
        fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
        (points, unit) => {
          const scaled = points.map(([x, y]) => [-x * unit, y]);
          const a = inverseDensities(points, kernelDensity(points));
          const b = inverseDensities(scaled, kernelDensity(scaled));
          a.forEach((w, i) => {
            expect(b[i]! / w).toBeCloseTo(1, 4);
          });
        },
      ),
    );
  });

  test("weights are finite whatever is infinite, equal or alone", () => {
    for (const points of [
      [[1, 2]],
      [
        [5, 5],
        [5, 5],
      ],
      [[Number.POSITIVE_INFINITY], [1], [2]],
      [[Number.POSITIVE_INFINITY], [Number.POSITIVE_INFINITY]],
      [[], []],
      [[0], [1e-300], [1e300]],
    ]) {
      const weights = inverseDensities(points, kernelDensity(points));
      for (const w of weights) expect(w > 0 && Number.isFinite(w)).toBe(true);
      expect(weightedSample(weights, 2, stream(1, "test")).length).toBe(Math.min(2, points.length));
    }
    expect([...inverseDensities([[3]], kernelDensity([]))]).toEqual([1]);
  });

  test("a sample without replacement has each index once, by weight", () => {
    const counts = [0, 0, 0];
    for (let seed = 0; seed < 3000; seed++) {
      const chosen = weightedSample(Float64Array.of(1, 2, 5), 2, stream(seed, "test"));
      expect(new Set(chosen).size).toBe(2);
      for (const i of chosen) counts[i]!++;
    }
    // The chance that the first is among them: 1/8 + 2/8 1/6 + 5/8 1/3 = 3/8.
    expect(counts[0]! / 3000).toBeCloseTo(0.375, 1);
    expect(counts[2]).toBeGreaterThan(counts[1]!);
  });
});
