import fc from "fast-check";
import { expect, test } from "vitest";
import { eliminate, planElimination, type Term } from "../../../src/gpu/widths/elimination.ts";
import type { Tables } from "../../../src/gpu/widths/factors.ts";
import { total } from "../../../src/gpu/widths/factors.ts";
import { Hull, timeBound, valueBound } from "../../../src/gpu/widths/lagrangian.ts";

/** Variables with few options and terms over one to three of them, numbers included. */
const problem = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
    scopes: fc.array(fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }), {
      minLength: 1,
      maxLength: 8,
    }),
  })
  .chain(({ sizes, scopes }) => {
    const terms = scopes.map((scope) => {
      const variables = [...new Set(scope.map((v) => v % sizes.length))].sort((a, b) => a - b);
      const length = variables.reduce((n, v) => n * sizes[v]!, 1);
      const number = fc.integer({ min: 1, max: 1000 });
      return fc
        .tuple(
          fc.array(number, { minLength: length, maxLength: length }),
          fc.array(number, { minLength: length, maxLength: length }),
        )
        .map(([us, value]) => ({ variables, us, value }));
    });
    return fc.record({ sizes: fc.constant(sizes), terms: fc.tuple(...terms) });
  });

function everyAssignment(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (all, size) => all.flatMap((a) => Array.from({ length: size }, (_, o) => [...a, o])),
    [[]],
  );
}

const asTables = (
  sizes: readonly number[],
  terms: readonly { variables: readonly number[]; us: number[]; value: number[] }[],
): Tables => ({
  factors: terms.map((t) => ({
    choices: t.variables,
    sizes: t.variables.map((v) => sizes[v]!),
    us: Float64Array.from(t.us),
    value: Float64Array.from(t.value),
  })),
  restUs: 5,
  restMacs: 7,
});

test("elimination finds the minimum that trying everything finds", () => {
  fc.assert(
    fc.property(problem, ({ sizes, terms }) => {
      const tables = asTables(sizes, terms);
      const sum = (a: readonly number[]) => total(tables, "us", a) - tables.restUs;
      const least = Math.min(...everyAssignment(sizes).map(sum));
      const parts: Term[] = tables.factors.map((f) => ({ variables: f.choices, values: f.us }));
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
      const parts: Term[] = tables.factors.map((f) => ({ variables: f.choices, values: f.us }));
      const plan = planElimination(
        sizes,
        parts.map((t) => t.variables),
        8,
      );
      const start = sizes.map((s) => s - 1);
      const found = eliminate(plan, parts, start);
      const sum = (a: readonly number[]) => total(tables, "us", a) - tables.restUs;
      const allowed = everyAssignment(sizes).filter((a) =>
        plan.held.every((v) => a[v] === start[v]),
      );
      expect(sum(found.assignment)).toBe(Math.min(...allowed.map(sum)));
    }),
    { numRuns: 1000 },
  );
});

/** Between the least and the greatest; never outside them by a rounding error. */
function between(share: number, ...xs: readonly number[]): number {
  const [least, greatest] = [Math.min(...xs), Math.max(...xs)];
  return Math.min(greatest, Math.max(least, least * (1 - share) + greatest * share));
}

test("no assignment passes the bounds, and corners are never dominated", () => {
  fc.assert(
    fc.property(problem, fc.double({ min: 0, max: 1, noNaN: true }), ({ sizes, terms }, share) => {
      const tables = asTables(sizes, terms);
      const all = everyAssignment(sizes).map((a) => ({
        us: total(tables, "us", a),
        value: total(tables, "value", a),
      }));
      const start = sizes.map(() => 0);
      const limit = between(share, ...all.map((p) => p.us));
      const hull = new Hull(tables, sizes, start);
      const within = hull.bracket((c) => c.us > limit);
      const most = Math.max(...all.filter((p) => p.us <= limit).map((p) => p.value));
      const bound = valueBound(within, limit)!;
      expect(bound).toBeGreaterThanOrEqual(most - 1e-6);
      const wanted = between(share, ...all.map((p) => p.value));
      const reaching = new Hull(tables, sizes, start).bracket((c) => c.value >= wanted);
      const least = Math.min(...all.filter((p) => p.value >= wanted).map((p) => p.us));
      expect(timeBound(reaching, wanted)!).toBeLessThanOrEqual(least + 1e-6);
      for (const corner of hull.corners())
        expect(all.some((p) => p.us < corner.us && p.value > corner.value)).toBe(false);
    }),
  );
});
