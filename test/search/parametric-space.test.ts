import { expect, test } from "vitest";
import { createAlgorithm } from "../../src/search/index.ts";
import { parametricSpace } from "../../src/search/parametric-space.ts";

test("a nested conditional space counts and numbers its designs", () => {
  const space = parametricSpace({
    block: { type: "categorical", values: ["plain", "residual"] },
    skip: { type: "boolean", when: { block: ["residual"] } },
    scale: { type: "integer", low: 1, high: 3, when: { skip: [true] } },
    width: { type: "integer", low: 8, high: 24, step: 8 },
  });
  // plain: 1, residual without skip: 1, with: 3; times 3 widths
  expect(space.size).toBe(15);
  const all = Array.from({ length: 15 }, (_, i) => space.at(i));
  expect(all[0]).toEqual({ block: "plain", width: 8 });
  expect(all[14]).toEqual({ block: "residual", skip: true, scale: 3, width: 24 });
  expect(new Set(all.map((d) => space.key(d))).size).toBe(15);
  for (const design of all) space.check(design);
  const drawn = createAlgorithm("random", space, { seed: 1 }).ask(100);
  expect(new Set(drawn.map((d) => space.key(d))).size).toBe(15);
  expect(drawn).toHaveLength(15);
  expect(createAlgorithm("exhaustive", space, { seed: 1 }).ask(100)).toEqual(all);
});
