/** What every algorithm and every space must hold. A new one passes these suites as they are. */
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/base/json.ts";
import { stream } from "../../src/base/rng.ts";
import { parametricSpace } from "../../src/search/parametric-space.ts";
import { replay } from "../../src/search/replay.ts";
import { tableSpace } from "../../src/search/table-space.ts";
import type { Algorithm, Design, Outcome, Space, Told } from "../../src/search/types.ts";

export type MakeAlgorithm = (space: Space, seed: number, state?: Json) => Algorithm;

const mixed = parametricSpace({
  optimizer: { type: "categorical", values: ["sgd", "adam", "none"] },
  rate: { type: "real", low: 1e-5, high: 1, log: true, when: { optimizer: ["sgd", "adam"] } },
  momentum: { type: "real", low: 0, high: 0.99, when: { optimizer: ["sgd"] } },
  nesterov: { type: "boolean", when: { optimizer: ["sgd"] } },
  width: { type: "integer", low: 8, high: 256, step: 8, log: true },
  depth: { type: "categorical", values: ["s", "m", "l"], ordered: true },
});

const finite = parametricSpace({
  a: { type: "categorical", values: ["x", "y", "z"] },
  b: { type: "integer", low: 1, high: 5, when: { a: ["x", "y"] } },
  c: { type: "boolean", when: { b: [2, 3], a: ["y"] } },
  d: { type: "categorical", values: [1, 2, 4], ordered: true },
});

const table = tableSpace(
  Array.from({ length: 40 }, (_, i) => ({
    n: (i * 7) % 40,
    kind: i % 3 === 0 ? "a" : "b",
    x: i / 8,
  })),
);

const single = parametricSpace({ only: { type: "categorical", values: ["one"] } });
const real = parametricSpace({
  x: { type: "real", low: -1, high: 2 },
  y: { type: "real", low: 0, high: 1 },
});

/** Two objectives that depend on the whole design, a constraint, and some that fail. */
export function outcomeOf(space: Space, design: Design): Outcome {
  const key = space.key(design);
  const u = stream(1, key).float();
  const v = stream(2, key).float();
  const luck = stream(3, key).float();
  if (luck < 0.1) return { kind: "failed", reason: "diverged" };
  if (luck < 0.2) return { kind: "pruned", violation: luck < 0.15 ? 0 : u };
  const objectives = luck < 0.22 ? [Number.POSITIVE_INFINITY, v] : [u, v];
  return { kind: "complete", objectives, violation: luck > 0.7 ? v : 0 };
}

/** Asks in pieces of the given sizes, over and over, until `n` designs were told. */
function run(
  algorithm: Algorithm,
  space: Space,
  n: number,
  sizes: readonly number[] = [17],
  outcome: (space: Space, design: Design) => Outcome = outcomeOf,
): Told[] {
  const told: Told[] = [];
  for (let i = 0; told.length < n; i++) {
    const limit = Math.min(sizes[i % sizes.length]!, n - told.length);
    const designs = algorithm.ask(limit);
    expect(designs.length).toBeLessThanOrEqual(limit);
    if (designs.length === 0) break;
    const results = designs.map((design) => ({ design, outcome: outcome(space, design) }));
    algorithm.tell(results);
    told.push(...results);
  }
  return told;
}

const keys = (space: Space, told: readonly Told[]) => told.map((t) => space.key(t.design));

export function searchContract(
  name: string,
  make: MakeAlgorithm,
  options: { readonly infinite: boolean },
): void {
  const spaces: [string, Space][] = [
    ["finite conditional", finite],
    ["table", table],
    ["one design", single],
    ...(options.infinite
      ? ([
          ["mixed conditional", mixed],
          ["real", real],
        ] as [string, Space][])
      : []),
  ];
  describe.each(spaces)(`${name}, %s space`, (_, space) => {
    const n = 320;

    test("stays in the space and asks no design twice", () => {
      const told = run(make(space, 1), space, n);
      for (const { design } of told) space.check(design);
      expect(new Set(keys(space, told)).size).toBe(told.length);
      expect(told.length).toBe(Math.min(n, space.size));
    });

    test("the same seed gives the same trials", () => {
      expect(run(make(space, 5), space, n)).toEqual(run(make(space, 5), space, n));
    });

    test("how a batch is cut up changes nothing", () => {
      const whole = run(make(space, 2), space, n, [1000]);
      expect(run(make(space, 2), space, n, [1])).toEqual(whole);
      expect(run(make(space, 2), space, n, [3, 64, 7, 1])).toEqual(whole);
    });

    test("continues bit for bit from its state, saved at any moment", () => {
      const whole = run(make(space, 3), space, n);
      for (const at of [0, 1, 60, 100, 150, 230]) {
        const algorithm = make(space, 3);
        const before = run(algorithm, space, at, [13]);
        const saved: unknown = JSON.parse(JSON.stringify(algorithm.state()));
        const restored = make(space, 3, saved as Json);
        const after = run(restored, space, n - before.length, [29]);
        expect([...before, ...after]).toEqual(whole);
      }
    });

    test("asks again what was asked but not told when its state was read", () => {
      const algorithm = make(space, 4);
      run(algorithm, space, 20, [5]);
      const open = algorithm.ask(6);
      const saved: unknown = JSON.parse(JSON.stringify(algorithm.state()));
      expect(make(space, 4, saved as Json).ask(6)).toEqual(open);
    });

    test("replays a history", () => {
      const whole = run(make(space, 6), space, n);
      const half = Math.floor(whole.length / 2);
      const algorithm = make(space, 6);
      replay(algorithm, space, whole.slice(0, half));
      expect(run(algorithm, space, whole.length - half, [11])).toEqual(whole.slice(half));
      if (space.size > 1) {
        const other = { design: whole.at(-1)!.design, outcome: whole[0]!.outcome };
        expect(() => replay(make(space, 6), space, [other])).toThrow(/trial 0 is/);
      }
    });

    test.each([
      ["failed", { kind: "failed", reason: "no memory" }],
      ["pruned", { kind: "pruned", violation: 0 }],
      ["infeasible", { kind: "complete", objectives: [1, 2], violation: 3 }],
      ["not a number", { kind: "complete", objectives: [Number.NaN, 1], violation: 0 }],
      ["infinite", { kind: "complete", objectives: [Number.POSITIVE_INFINITY, 1], violation: 0 }],
    ] as [string, Outcome][])("goes on where every design is %s", (_kind, outcome) => {
      const told = run(make(space, 7), space, 250, [40], () => outcome);
      expect(new Set(keys(space, told)).size).toBe(Math.min(250, space.size));
    });

    test("asking leaves the design to the caller", () => {
      const [design] = make(space, 8).ask(1);
      expect(JSON.parse(JSON.stringify(design))).toEqual(design);
    });
  });

  describe(`${name}, exhaustion`, () => {
    test.each([
      ["conditional", finite],
      ["table", table],
      ["one design", single],
    ] as [string, Space][])("%s: every design once, then nothing", (_, space) => {
      for (const seed of [1, 2, 3]) {
        const algorithm = make(space, seed);
        const told = run(algorithm, space, space.size + 10, [9]);
        const all = Array.from({ length: space.size }, (__, i) => space.key(space.at(i)));
        expect(keys(space, told).sort()).toEqual(all.sort());
        expect(algorithm.ask(5)).toEqual([]);
        algorithm.tell([]);
        expect(algorithm.ask(5)).toEqual([]);
      }
    });
  });
}

/**
 * @param make the same space each time
 * @param options `spellings`: one design may be written in several ways
 */
export function spaceContract(
  name: string,
  make: () => Space,
  options: { readonly spellings?: boolean } = {},
): void {
  describe(`${name} space`, () => {
    const space = make();
    const rng = stream(11, name);
    const drawn = Array.from({ length: 200 }, () => space.sample(rng));

    test("samples, neighbours and children are in the space", () => {
      drawn.forEach((design, i) => {
        space.check(design);
        space.check(space.mutate(design, rng));
        for (const child of space.crossover(design, drawn[(i + 1) % drawn.length]!, rng)) {
          space.check(child);
        }
      });
    });

    test("a neighbour differs", () => {
      for (const design of drawn) {
        const same = space.key(space.mutate(design, rng)) === space.key(design);
        expect(same).toBe(space.size === 1);
      }
    });

    test("parents that agree have themselves as children", () => {
      for (const design of drawn.slice(0, 50)) {
        for (const child of space.crossover(design, design, rng)) expect(child).toEqual(design);
      }
    });

    test("the same stream gives the same designs", () => {
      const draw = () => {
        const r = stream(3, "draw");
        const other = make();
        const design = other.sample(r);
        return [design, other.mutate(design, r), other.crossover(design, other.sample(r), r)];
      };
      expect(draw()).toEqual(draw());
    });

    test("keys tell designs apart, and survive JSON", () => {
      for (const design of drawn) {
        const copy = JSON.parse(JSON.stringify(design)) as Design;
        expect(copy).toEqual(design);
        expect(space.key(copy)).toBe(space.key(design));
      }
      const byKey = new Map(drawn.map((d) => [space.key(d), JSON.stringify(d)]));
      const texts = new Set(drawn.map((d) => JSON.stringify(d))).size;
      if (options.spellings === true) expect(byKey.size).toBeLessThanOrEqual(texts);
      else expect(byKey.size).toBe(texts);
    });

    test("numbers every design once", () => {
      if (!Number.isFinite(space.size)) return;
      const n = Math.min(space.size, 2000);
      const all = Array.from({ length: n }, (_, i) => space.at(i));
      for (const design of all) space.check(design);
      expect(new Set(all.map((d) => space.key(d))).size).toBe(n);
      if (n === space.size) {
        const known = new Set(all.map((d) => space.key(d)));
        for (const design of drawn) expect(known.has(space.key(design))).toBe(true);
      }
    });

    test("describes a design in one line", () => {
      expect(space.describe(drawn[0]!)).toMatch(/^[^\n]+$/);
    });

    test("refuses an unknown parameter by name", () => {
      expect(() => space.check({ ...drawn[0], "no such": 1 })).toThrow(/no such/);
    });
  });
}

export const examples = { mixed, finite, table, single, real };
