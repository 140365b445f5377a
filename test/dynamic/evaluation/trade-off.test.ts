import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { undominated } from "../../../src/dynamic/evaluation/trade-off.ts";

describe("the line of thresholds", () => {
  it("holds exactly the choices that none beats, each once", () => {
    const choice = fc.record({
      accuracy: fc.integer({ min: 0, max: 8 }),
      cost: fc.integer({ min: 0, max: 8 }),
      thresholds: fc.constant([] as readonly number[]),
    });
    fc.assert(
      fc.property(fc.array(choice, { minLength: 1, maxLength: 30 }), (choices) => {
        const key = (c: { accuracy: number; cost: number }) => `${c.accuracy}/${c.cost}`;
        const beaten = (c: (typeof choices)[number]) =>
          choices.some(
            (o) =>
              o.accuracy >= c.accuracy &&
              o.cost <= c.cost &&
              (o.accuracy > c.accuracy || o.cost < c.cost),
          );
        const wanted = new Set(choices.filter((c) => !beaten(c)).map(key));
        const line = undominated(choices);
        expect(line.map(key).toSorted()).toEqual([...wanted].toSorted());
        for (const [i, each] of line.entries())
          if (i > 0) expect(each.cost).toBeGreaterThan(line[i - 1]!.cost);
      }),
    );
  });
});
