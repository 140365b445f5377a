/** Small problems of the kind that a search over widths makes, with all of their assignments. */
import fc from "fast-check";
import type { Tables } from "../../../src/gpu/widths/factors.ts";

/** Variables with few options and terms over one to three of them, numbers included. */
export const problem = fc
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
        .map(([macs, params]) => ({ variables, macs, params }));
    });
    return fc.record({ sizes: fc.constant(sizes), terms: fc.tuple(...terms) });
  });

export function everyAssignment(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (all, size) => all.flatMap((a) => Array.from({ length: size }, (_, o) => [...a, o])),
    [[]],
  );
}

export const asTables = (
  sizes: readonly number[],
  terms: readonly { variables: readonly number[]; macs: number[]; params: number[] }[],
): Tables => ({
  factors: terms.map((t) => ({
    choices: t.variables,
    sizes: t.variables.map((v) => sizes[v]!),
    values: { macs: Float64Array.from(t.macs), params: Float64Array.from(t.params) },
    launches: [],
  })),
  rest: { macs: 5, params: 7, capacity: 0, importance: 0 },
  restLaunches: [],
});
