import fc from "fast-check";
import { expect, test } from "vitest";
import { planElimination } from "../../../src/gpu/widths/elimination.ts";
import { enumerate } from "../../../src/gpu/widths/enumeration.ts";
import { type Assignment, sumOf, type Tables, total } from "../../../src/gpu/widths/factors.ts";
import { excess, type Problem, type Row, relax } from "../../../src/gpu/widths/relaxation.ts";
import { solveLinear } from "../../../src/gpu/widths/simplex.ts";
import { asTables, everyAssignment, problem } from "./problems.ts";

/** Between the least and the greatest; never outside them by a rounding error. */
function between(share: number, ...xs: readonly number[]): number {
  const [least, greatest] = [Math.min(...xs), Math.max(...xs)];
  return Math.min(greatest, Math.max(least, least * (1 - share) + greatest * share));
}

interface Case {
  readonly tables: Tables;
  readonly sizes: readonly number[];
  readonly all: readonly { assignment: Assignment; macs: number; params: number }[];
}

function caseOf(sizes: readonly number[], terms: Parameters<typeof asTables>[1]): Case {
  const tables = asTables(sizes, terms);
  const all = everyAssignment(sizes).map((assignment) => ({
    assignment,
    macs: total(tables, sumOf(tables, "macs"), assignment),
    params: total(tables, sumOf(tables, "params"), assignment),
  }));
  return { tables, sizes, all };
}

/** Most parameters with at most some MACs; or least MACs (an improvement on `macs`) likewise. */
function atMost({ tables }: Case, macs: number): Problem {
  const row: Row = {
    sum: sumOf(tables, "macs"),
    sign: 1,
    limit: macs,
    scale: macs,
    improves: false,
  };
  return { tables, rows: [row], objective: sumOf(tables, "params"), scale: 100 };
}

function leastMacs({ tables }: Case, from: number, params: number): Problem {
  const improving: Row = {
    sum: sumOf(tables, "macs"),
    sign: 1,
    limit: from,
    scale: from,
    improves: true,
  };
  const floor: Row = {
    sum: sumOf(tables, "params"),
    sign: -1,
    limit: params,
    scale: params,
    improves: false,
  };
  return { tables, rows: [improving, floor], objective: undefined, scale: from };
}

const planOf = ({ sizes, tables }: Case) =>
  planElimination(
    sizes,
    tables.factors.map((f) => f.choices),
  );

const share = fc.double({ min: 0, max: 1, noNaN: true });

test("no assignment within the limits passes the bound, which is the hull over all of them", () => {
  fc.assert(
    fc.property(problem, share, ({ sizes, terms }, at) => {
      const one = caseOf(sizes, terms);
      const limit = between(at, ...one.all.map((p) => p.macs));
      const reference = one.all.find((p) => p.macs <= limit)!.assignment;
      const most = Math.max(...one.all.filter((p) => p.macs <= limit).map((p) => p.params));
      const found = relax(atMost(one, limit), planOf(one), reference);
      expect(found.bound).toBeGreaterThanOrEqual(most - 1e-6);
      // The bound is the concave hull over all assignments, no looser.
      let hull = most;
      for (const p of one.all.filter((p) => p.macs <= limit))
        for (const q of one.all.filter((q) => q.macs > limit)) {
          const part = (limit - p.macs) / (q.macs - p.macs);
          hull = Math.max(hull, p.params + part * (q.params - p.params));
        }
      expect(Math.abs(found.bound - hull)).toBeLessThan(2e-3);
    }),
    { numRuns: 300 },
  );
});

test("the least under a floor: the bound is below it, whatever the two limits are", () => {
  fc.assert(
    fc.property(problem, share, ({ sizes, terms }, at) => {
      const one = caseOf(sizes, terms);
      const params = between(at, ...one.all.map((p) => p.params));
      const enough = one.all.filter((p) => p.params >= params);
      const reference = enough.at(-1)!;
      const least = Math.min(...enough.map((p) => p.macs));
      const found = relax(
        leastMacs(one, reference.macs, params),
        planOf(one),
        reference.assignment,
      );
      expect(reference.macs - found.bound).toBeLessThanOrEqual(least + 1e-6);
    }),
    { numRuns: 300 },
  );
});

test("enumeration leaves exactly what is within the limits and better than the floor", () => {
  fc.assert(
    fc.property(problem, share, share, ({ sizes, terms }, at, above) => {
      const one = caseOf(sizes, terms);
      const limit = Math.floor(between(at, ...one.all.map((p) => p.macs)));
      const floor = between(above, ...one.all.map((p) => p.params)) - 0.5;
      const allowed = sizes.map((s) => [...Array(s).keys()]);
      const { candidates, complete } = enumerate(atMost(one, limit), allowed, floor, 1e6);
      expect(complete).toBe(true);
      const expected = one.all.filter((p) => p.macs <= limit && p.params > floor);
      expect(candidates.map((c) => c.worth)).toEqual(
        expected.map((p) => p.params).sort((a, b) => b - a),
      );
      const macs = sumOf(one.tables, "macs");
      for (const { assignment } of candidates)
        expect(total(one.tables, macs, assignment)).toBeLessThanOrEqual(limit + 1e-6);
    }),
    { numRuns: 300 },
  );
});

test("enumeration says when it stopped early", () => {
  const one = caseOf(
    [4, 4, 4],
    [
      {
        variables: [0, 1, 2],
        macs: Array(64).fill(1),
        params: Array.from({ length: 64 }, (_, i) => i),
      },
    ],
  );
  const allowed = one.sizes.map((s) => [...Array(s).keys()]);
  expect(enumerate(atMost(one, 100), allowed, 0, 10).complete).toBe(false);
});

test("excess is signed and in its scale", () => {
  expect(excess({ sign: 1, limit: 10, scale: 10 }, 12)).toBeCloseTo(0.2, 12);
  expect(excess({ sign: -1, limit: 10, scale: 5 }, 12)).toBeCloseTo(-0.4, 12);
});

test("a linear program: optimal by strong duality, with prices that are feasible", () => {
  const positive = fc.integer({ min: 1, max: 50 });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 6 }),
      fc.infiniteStream(positive),
      (m, n, numbers) => {
        const next = () => numbers.next().value as number;
        const objective = Array.from({ length: n }, next);
        const rows = Array.from({ length: m }, () => Array.from({ length: n }, next));
        const limits = Array.from({ length: m }, () => next() - 1);
        const { x, prices, value } = solveLinear({ objective, rows, limits });
        const dot = (a: readonly number[], b: readonly number[]) =>
          a.reduce((sum, v, i) => sum + v * b[i]!, 0);
        expect(dot(objective, x)).toBeCloseTo(value, 8);
        expect(dot(limits, prices)).toBeCloseTo(value, 8);
        for (const v of x) expect(v).toBeGreaterThanOrEqual(-1e-9);
        rows.forEach((row, i) => {
          expect(dot(row, x)).toBeLessThanOrEqual(limits[i]! + 1e-8);
        });
        objective.forEach((c, j) => {
          expect(
            dot(
              rows.map((r) => r[j]!),
              prices,
            ),
          ).toBeGreaterThanOrEqual(c - 1e-8);
        });
      },
    ),
    { numRuns: 300 },
  );
});
