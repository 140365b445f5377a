import fc from "fast-check";
import { expect, test } from "vitest";
import {
  below,
  eliminate,
  planElimination,
  type Term,
} from "../../../src/gpu/widths/elimination.ts";
import { sumOf, total } from "../../../src/gpu/widths/factors.ts";
import { asTables, everyAssignment, problem } from "./problems.ts";

test("elimination finds the minimum that trying everything finds", () => {
  fc.assert(
    fc.property(problem, ({ sizes, terms }) => {
      const tables = asTables(sizes, terms);
      const sum = (a: readonly number[]) => total(tables, sumOf(tables, "macs"), a) - 5;
      const least = Math.min(...everyAssignment(sizes).map(sum));
      const parts: Term[] = tables.factors.map((f) => ({
        variables: f.choices,
        values: f.values.macs!,
      }));
      const plan = planElimination(
        sizes,
        parts.map((t) => t.variables),
      );
      const start = sizes.map(() => 0);
      const found = eliminate(plan, parts, start);
      expect(found.sum).toBe(least);
      expect(sum(found.assignment)).toBe(least);
    }),
  );
});

test("with tables too large it holds variables, and is exact for the rest", () => {
  fc.assert(
    fc.property(problem, ({ sizes, terms }) => {
      const tables = asTables(sizes, terms);
      const parts: Term[] = tables.factors.map((f) => ({
        variables: f.choices,
        values: f.values.macs!,
      }));
      const plan = planElimination(
        sizes,
        parts.map((t) => t.variables),
        8,
      );
      const start = sizes.map((s) => s - 1);
      const found = eliminate(plan, parts, start);
      const sum = (a: readonly number[]) => total(tables, sumOf(tables, "macs"), a) - 5;
      const allowed = everyAssignment(sizes).filter((a) =>
        plan.held.every((v) => a[v] === start[v]),
      );
      expect(sum(found.assignment)).toBe(Math.min(...allowed.map(sum)));
    }),
    { numRuns: 1000 },
  );
});

test("what is below a limit: all of it, and nothing else", () => {
  fc.assert(
    fc.property(problem, fc.nat(100), ({ sizes, terms }, above) => {
      const tables = asTables(sizes, terms);
      const parts: Term[] = tables.factors.map((f) => ({
        variables: f.choices,
        values: f.values.macs!,
      }));
      const plan = planElimination(
        sizes,
        parts.map((t) => t.variables),
      );
      const sum = (a: readonly number[]) => total(tables, sumOf(tables, "macs"), a) - 5;
      const all = everyAssignment(sizes);
      const limit = Math.min(...all.map(sum)) + above * 5 + 0.5;
      const start = sizes.map(() => 0);
      const met: string[] = [];
      const visit = (a: readonly number[]) => {
        met.push(a.join());
        return limit;
      };
      expect(below(plan, parts, start, limit, visit, 1e6)).toBe(true);
      const expected = all.filter((a) => sum(a) < limit).map((a) => a.join());
      expect(met.toSorted()).toEqual(expected.toSorted());
      // A limit that falls to what was met leaves the best for the end.
      let least = limit;
      below(plan, parts, start, limit, (a) => (least = Math.min(least, sum(a))), 1e6);
      expect(least).toBe(Math.min(...all.map(sum)));
      if (expected.length > 0) expect(below(plan, parts, start, limit, visit, 0)).toBe(false);
    }),
    { numRuns: 300 },
  );
});
