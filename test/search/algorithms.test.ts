import { expect, test } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { algorithms, createAlgorithm } from "../../src/search/index.ts";
import { parametricSpace } from "../../src/search/parametric-space.ts";
import { examples, searchContract } from "./contract.ts";

searchContract(
  "exhaustive",
  (space, seed, state) => createAlgorithm("exhaustive", space, { seed, state }),
  {
    infinite: false,
  },
);
searchContract(
  "random",
  (space, seed, state) => createAlgorithm("random", space, { seed, state }),
  {
    infinite: true,
  },
);
searchContract(
  "nsga2",
  (space, seed, state) =>
    createAlgorithm("nsga2", space, { seed, state, options: { population: 20 } }),
  { infinite: true },
);
searchContract(
  "regularized-evolution",
  (space, seed, state) =>
    createAlgorithm("regularized-evolution", space, {
      seed,
      state,
      options: { population: 30, sample: 6, batch: 4 },
    }),
  { infinite: true },
);

searchContract(
  "lemonade",
  (space, seed, state) =>
    createAlgorithm("lemonade", space, {
      seed,
      state,
      options: { children: 24, accepted: 6, initial: 10 },
    }),
  { infinite: true },
);

test("the contract covers every algorithm", () => {
  expect(algorithms.map((a) => a.name)).toEqual([
    "exhaustive",
    "random",
    "nsga2",
    "regularized-evolution",
    "lemonade",
  ]);
});

test("an unknown algorithm, option or value is the user's error and names what is allowed", () => {
  const space = examples.finite;
  const fails = (f: () => unknown) => {
    try {
      f();
    } catch (e) {
      expect(e).toBeInstanceOf(UserError);
      return `${(e as UserError).message}; ${(e as UserError).hint}`;
    }
    throw new Error("no error");
  };
  expect(fails(() => createAlgorithm("nsga3", space, { seed: 1 }))).toBe(
    'unknown search algorithm "nsga3"; use one of exhaustive, random, nsga2, regularized-evolution, lemonade',
  );
  expect(fails(() => createAlgorithm("nsga2", space, { seed: 1, options: { pop: 3 } }))).toMatch(
    /nsga2: unknown option "pop" = 3; its options are population, crossover/,
  );
  expect(fails(() => createAlgorithm("random", space, { seed: 1, options: { n: 3 } }))).toBe(
    'random: unknown option "n" = 3; it has no options',
  );
  expect(
    fails(() => createAlgorithm("nsga2", space, { seed: 1, options: { population: 1.5 } })),
  ).toBe("nsga2: population = 1.5 is not allowed; use an integer in 2..100000");
  expect(fails(() => createAlgorithm("exhaustive", examples.real, { seed: 1 }))).toMatch(/finite/);
});

test("random search on a finite space draws every order equally often", () => {
  const space = parametricSpace({ x: { type: "integer", low: 0, high: 2 } });
  const counts = new Map<string, number>();
  const runs = 6000;
  for (let seed = 0; seed < runs; seed++) {
    const order = createAlgorithm("random", space, { seed })
      .ask(3)
      .map((d) => d.x)
      .join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  // 1000 each, standard deviation 29
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(130);
});

test("random search handles a space of 2^50 designs", () => {
  const space = parametricSpace(
    Object.fromEntries(
      Array.from({ length: 50 }, (_, i) => [`b${i}`, { type: "boolean" as const }]),
    ),
  );
  expect(space.size).toBe(2 ** 50);
  const asked = createAlgorithm("random", space, { seed: 9 }).ask(500);
  expect(new Set(asked.map((d) => space.key(d))).size).toBe(500);
});
