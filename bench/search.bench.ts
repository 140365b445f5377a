/** The search's own cost: sorting, hypervolume, NSGA-II through ask and tell. */
import { bench, describe } from "vitest";
import { stream } from "../src/base/rng.ts";
import { Front } from "../src/search/front.ts";
import { hypervolume } from "../src/search/hypervolume.ts";
import { nonDominatedRanks, nonDominatedRanksOfColumns } from "../src/search/non-dominated-sort.ts";
import { dtlz2, zdt1 } from "../test/search/problems.ts";
import { solve } from "../test/search/solve.ts";

function cloud(n: number, m: number): number[][] {
  const rng = stream(1, "cloud", n);
  return Array.from({ length: n }, () => Array.from({ length: m }, () => rng.float()));
}

function sphere(n: number, m: number): number[][] {
  return cloud(n, m).map((p) => {
    const norm = Math.hypot(...p);
    return p.map((x) => 1 - x / norm);
  });
}

describe("non-dominated sort", () => {
  for (const [n, m] of [
    [2000, 2],
    [50_000, 2],
    [2000, 3],
    [10_000, 3],
    [2000, 5],
  ] as const) {
    const points = cloud(n, m);
    const columns = Array.from({ length: m }, (_, k) => Float64Array.from(points, (p) => p[k]!));
    bench(
      `${n} x ${m}, columns`,
      () => {
        nonDominatedRanksOfColumns(columns);
      },
      { iterations: 20 },
    );
    bench(
      `${n} x ${m}`,
      () => {
        nonDominatedRanks(points);
      },
      { iterations: 20 },
    );
  }
});

describe("non-dominated sort of one front", () => {
  for (const [n, m] of [
    [10_000, 3],
    [2000, 5],
  ] as const) {
    const points = sphere(n, m);
    bench(
      `${n} x ${m}`,
      () => {
        nonDominatedRanks(points);
      },
      { iterations: 5 },
    );
  }
});

describe("hypervolume of a front", () => {
  for (const [n, m] of [
    [10_000, 2],
    [1000, 3],
    [200, 4],
    [100, 5],
    [60, 6],
  ] as const) {
    const points = sphere(n, m);
    const reference = Array<number>(m).fill(1.1);
    bench(
      `${n} x ${m}`,
      () => {
        hypervolume(points, reference);
      },
      { iterations: 10 },
    );
  }
});

describe("archive", () => {
  const points = cloud(50_000, 2);
  bench("50000 x 2", () => {
    const front = new Front<number>();
    for (let i = 0; i < points.length; i++) front.add(points[i]!, i);
  });
});

describe("NSGA-II, population 100", () => {
  bench(
    "ZDT1, 25000 evaluations",
    () => {
      solve(zdt1, [250], 1);
    },
    { iterations: 5 },
  );
  bench(
    "DTLZ2-3, 25000 evaluations",
    () => {
      solve(dtlz2(3), [250], 1);
    },
    { iterations: 5 },
  );
});
