/** Random networks for the tests of this folder. */
import fc from "fast-check";

/** Edges run from lower to higher nodes, each once. */
export const dag = fc.integer({ min: 1, max: 30 }).chain((count) =>
  fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 60 }).map((pairs) => ({
    count,
    edges: [
      ...new Map(
        pairs
          .filter(([a, b]) => a !== b)
          .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
          .map((edge) => [edge.join(), edge] as const),
      ).values(),
    ],
  })),
);

/** As `dag`, with edges in any direction: foldings can make cycles. */
export const digraph = dag.chain(({ count, edges }) =>
  fc.array(fc.boolean(), { minLength: edges.length, maxLength: edges.length }).map((turned) => ({
    count,
    edges: edges.map(([a, b], i) => (turned[i] ? ([b, a] as const) : ([a, b] as const))),
  })),
);
